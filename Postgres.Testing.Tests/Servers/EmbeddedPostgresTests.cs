using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

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
    public async Task A_prepared_server_runs_under_an_orchestrator_and_leaves_nothing_after_SIGTERM()
    {
        await using var launch = await EmbeddedPostgres.PrepareAsync(new() { Password = "it's \\ secret" }, Token);
        var folder = Path.GetDirectoryName(launch.Log.Path)!;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var process = Process.Start(new ProcessStartInfo(launch.Executable, [.. launch.Arguments, "-p", $"{port}"])
        {
            WorkingDirectory = launch.WorkingFolder,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await using var connection = new NpgsqlConnection(launch.ConnectionString(port));
                await connection.OpenAsync(Token);
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
        Posix.Signal(process.Id, 15);
        await process.WaitForExitAsync(Token);
        Assert.False(Directory.Exists(folder));
        Assert.Contains("database system is ready to accept connections", await output, StringComparison.Ordinal);
    }
}
