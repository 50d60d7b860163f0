using System.Diagnostics;
using System.Globalization;
using AppHost;
using Npgsql;

namespace Agent.Tests.Aspire;

/// <summary>What ends in the middle of a run ends the run soon, and says what happened.</summary>
public sealed class FaultTests : AspireBootTest
{
    [Fact]
    public async Task An_orchestrator_that_is_killed_is_named_with_the_state_and_last_lines_of_each_resource_and_all_ends()
    {
        await RequireAsync(DatabaseKind.Embedded);
        using var logs = new ResourceLogs();
        var server = await AspireServer.StartAsync(DatabaseKind.Embedded, logs, cancellationToken: Token);
        var agent = ProcessOf(server, "agent");

        // Of several that are one the other's child, the eldest last: it would start the others again.
        for (var parent = Parent(agent); Name(parent) == "dcp"; parent = Parent(agent))
        {
            using var orchestrator = Process.GetProcessById(parent);
            orchestrator.Kill();
            await orchestrator.WaitForExitAsync(Token);
        }

        var lost = await LostAsync(server);
        Assert.Contains("the orchestrator does not answer any more", lost, StringComparison.Ordinal);
        Assert.Contains("── postgres: Running", lost, StringComparison.Ordinal);
        Assert.Contains("ready to accept connections", lost, StringComparison.Ordinal);
        Assert.Contains("── agent: ", lost, StringComparison.Ordinal);
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
        await EventuallyAsync(() => Task.FromResult(!Directory.Exists($"/proc/{agent}")));
    }

    [Fact]
    public async Task A_database_that_is_killed_is_named_with_its_state_and_last_lines()
    {
        await RequireAsync(DatabaseKind.Embedded);
        using var logs = new ResourceLogs();
        await using var server = await AspireServer.StartAsync(DatabaseKind.Embedded, logs, cancellationToken: Token);

        await using (var source = NpgsqlDataSource.Create(server.ConnectionString))
        {
            await using var command = source.CreateCommand("select pg_read_file('postmaster.pid')");
            using var postgres = Process.GetProcessById(int.Parse(((string)(await command.ExecuteScalarAsync(Token))!).Split('\n')[0], CultureInfo.InvariantCulture));
            postgres.Kill();
        }

        var lost = await LostAsync(server);
        Assert.Contains("'postgres' is Finished", lost, StringComparison.Ordinal);
        Assert.Contains("exit code 137", lost, StringComparison.Ordinal);
        // What the test says that lost it, and what replaces a server may dispose of it once more.
        Assert.Equal(lost, await server.FindFailureAsync(Token));
        await server.DisposeAsync();
    }

    /// <summary>Waits until tests are told instead of given the address of an agent that does not answer.</summary>
    static async Task<string> LostAsync(AspireServer server)
    {
        AspireException? lost = null;
        await EventuallyAsync(() =>
        {
            try
            {
                _ = server.Address;
            }
            catch (AspireException e)
            {
                lost = e;
            }
            return Task.FromResult(lost is not null);
        });
        TestContext.Current.TestOutputHelper?.WriteLine(lost!.Message);
        return lost!.Message;
    }

    static int ProcessOf(AspireServer server, string resource)
    {
        Assert.True(server.Application.ResourceNotifications.TryGetCurrentState(resource, out var now));
        return Assert.IsType<int>(now.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value);
    }

    static int Parent(int process) => int.Parse(Stat(process)[1], CultureInfo.InvariantCulture);

    static string Name(int process) => File.ReadAllText($"/proc/{process}/comm").Trim();

    // After the name, which is in parentheses and may have spaces: state, parent.
    static string[] Stat(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }
}
