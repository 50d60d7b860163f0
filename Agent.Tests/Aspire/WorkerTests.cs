using System.Diagnostics;
using Agent.Tests.Hosting;
using AppHost;
using Postgres.Testing;

namespace Agent.Tests.Aspire;

/// <summary>Several test processes on one machine, each with an AppHost of its own.</summary>
public sealed class WorkerTests : AspireBootTest
{
    const int Workers = 2;

    [Theory]
    [InlineData(DatabaseKind.Embedded, "")]
    [InlineData(DatabaseKind.Container, "")]
    [InlineData(DatabaseKind.Container, "warm")]
    public async Task Several_test_processes_at_once_do_not_collide(DatabaseKind database, string reuse)
    {
        await RequireAsync(database);
        // A key of this run: what others keep warm is not ours to stop.
        var key = reuse.Length > 0 ? $"{reuse} {Guid.NewGuid():N}" : "";
        try
        {
            var outputs = await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => RunAsync(database, key)));
            Assert.All(outputs, output => Assert.True(output.Contains("Failed: 0, Skipped: 0", StringComparison.Ordinal), output));
        }
        finally
        {
            if (key.Length > 0) await AspirePreflight.OfThisMachine.RemoveContainerAsync(PgVectorModes.WarmContainer(key), CancellationToken.None);
        }
    }

    /// <summary>Runs all conversations, which go through the agent over HTTP, in a test process of their own.</summary>
    static async Task<string> RunAsync(DatabaseKind database, string reuse)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(WorkerTests).Assembly.Location, "-class", typeof(Conversations.ConversationTests).FullName!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                [TestServers.Variable] = $"aspire-{database.ToString().ToLowerInvariant()}",
                [AspireServer.ReuseVariable] = reuse,
            },
        };
        // Their tests are not part of this run's report.
        start.Environment.Remove(PostgresTestingEnvironment.Report);
        var lines = new List<string>();
        await using var process = OwnedProcess.Start(start, line => { lock (lines) lines.Add(line); });
        await process.WaitForExitAsync(Token);
        return string.Join('\n', lines);
    }
}
