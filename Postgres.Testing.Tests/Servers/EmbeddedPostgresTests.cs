using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Postgres.Testing.Tests.Isolation;

namespace Postgres.Testing.Tests.Servers;

public class EmbeddedPostgresTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PostgresListen.Socket)]
    [InlineData(PostgresListen.Tcp)]
    public async Task A_server_answers_with_vectors_and_leaves_nothing(PostgresListen listen)
    {
        var server = await EmbeddedPostgres.StartAsync(new() { Listen = listen }, Token);
        var folder = Path.GetDirectoryName(server.Log.Path)!;
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand("select '[1,2]'::extensions.vector operator(extensions.<->) '[1,3]'", connection);
            Assert.Equal(1d, await command.ExecuteScalarAsync(Token));
        }
        await server.DisposeAsync();
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_server_of_which_only_the_connection_string_is_kept_lives_on()
    {
        using var scratch = new Scratch();
        var (server, connectionString) = await StartAsync(scratch);
        await Task.Yield(); // the stack of the start has it, too
        GC.Collect();
        GC.WaitForPendingFinalizers();
        await using (await EmbeddedPostgres.StartAsync(scratch.Options, Token)) // every start removes what orphans there are
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync(Token);
            Assert.Equal(["1"], await connection.ListAsync("select 1"));
        }
        Assert.True(server.TryGetTarget(out var living));
        await living.DisposeAsync();

        static async Task<(WeakReference<EmbeddedPostgres>, string)> StartAsync(Scratch scratch)
        {
            var server = await EmbeddedPostgres.StartAsync(scratch.Options, Token);
            return (new(server), server.ConnectionString);
        }
    }

    [Fact]
    public async Task A_prepared_server_runs_under_an_orchestrator_and_leaves_nothing_after_SIGTERM()
    {
        await using var launch = await EmbeddedPostgres.PrepareAsync(new()
        {
            Password = "it's a;\n\n\\ secret",
            Settings = new Dictionary<string, string> { ["password_encryption"] = "md5", ["standard_conforming_strings"] = "off" },
        }, Token);
        var (output, _) = await RunAsync(launch, _ => Task.CompletedTask);
        Assert.False(Directory.Exists(Path.GetDirectoryName(launch.Log.Path)));
        Assert.Contains("database system is ready to accept connections", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_orchestrator_reads_warnings_and_errors_whole_on_standard_error_and_all_else_to_the_last_line_on_standard_output()
    {
        await using var launch = await EmbeddedPostgres.PrepareAsync(cancellationToken: Token);
        var (output, error) = await RunAsync(launch, async connection =>
        {
            await using var warn = new NpgsqlCommand("do $$ begin raise warning 'mind the gap'; raise log '\tERROR:  only quoted'; end $$", connection);
            await warn.ExecuteNonQueryAsync(Token);
            await using var fail = new NpgsqlCommand("select 1 as first_line,\n  1 / 0 as second_line", connection);
            await Assert.ThrowsAsync<PostgresException>(() => fail.ExecuteScalarAsync(Token));
        });
        foreach (var part in (string[])["WARNING:  mind the gap", "ERROR:  division by zero", "STATEMENT:  select 1 as first_line", "\t  1 / 0 as second_line"])
        {
            Assert.Contains(part, error, StringComparison.Ordinal);
            Assert.DoesNotContain(part, output, StringComparison.Ordinal);
        }
        foreach (var part in (string[])["ready to accept connections", "only quoted", "received immediate shutdown request", "database system is shut down"])
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
            Assert.DoesNotContain(part, error, StringComparison.Ordinal);
        }
        Assert.EndsWith("database system is shut down", output.TrimEnd(), StringComparison.Ordinal);
    }

    /// <summary>Runs the launch as an orchestrator would, until <paramref name="use"/> is done with it.</summary>
    static async Task<(string Output, string Error)> RunAsync(EmbeddedPostgresLaunch launch, Func<NpgsqlConnection, Task> use)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var process = Process.Start(new ProcessStartInfo(launch.Executable, [.. launch.Arguments, "-p", $"{port}"])
        {
            WorkingDirectory = launch.WorkingFolder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var error = process.StandardError.ReadToEndAsync(Token);
        await using (var connection = new NpgsqlConnection(launch.ConnectionString(port) + ";Pooling=false"))
        {
            await Eventually.TrueAsync(async () =>
            {
                try
                {
                    await connection.OpenAsync(Token);
                    return true;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            });
            await use(connection);
        }
        Posix.Signal(process.Id, 15);
        await process.WaitForExitAsync(Token);
        return (await output, await error);
    }
}
