using Agent.Tests.Hosting;
using AppHost;
using Postgres.Testing;

namespace Agent.Tests.Aspire;

/// <summary>Starts what <see cref="TestServers.Variable"/> names; without it, what this machine can run.</summary>
static class AspireServers
{
    const string Prefix = "aspire-";

    /// <returns>Null when nothing was asked for and this machine cannot run the AppHost, which is then said in one line.</returns>
    public static async Task<PostgresServer?> StartAsync(string? choice, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(choice)) return await AspireServer.StartAsync(Parse(choice), new ResourceLogs(), cancellationToken: cancellationToken);

        var reasons = new List<string>();
        foreach (var database in (DatabaseKind[])[DatabaseKind.Container, DatabaseKind.Embedded])
        {
            var problems = await AspirePreflight.OfThisMachine.FindProblemsAsync(database, cancellationToken);
            if (problems.Count == 0)
            {
                if (reasons.Count > 0) await SayAsync($"The AppHost runs with embedded Postgres: {reasons[0]}");
                return await AspireServer.StartAsync(database, new ResourceLogs(), cancellationToken: cancellationToken);
            }
            reasons.AddRange(problems);
        }
        await SayAsync($"The tests run in-process, without the AppHost: {reasons[0]}");
        return null;
    }

    static DatabaseKind Parse(string choice)
        => choice.StartsWith(Prefix, StringComparison.Ordinal) && Enum.TryParse<DatabaseKind>(choice[Prefix.Length..], ignoreCase: true, out var database)
            ? database
            : throw new InvalidOperationException(
                $"{TestServers.Variable}={choice} is not a choice. Use in-process, aspire-container, aspire-embedded or aspire-external.");

    static Task SayAsync(string line) => Console.Error.WriteLineAsync(line);
}
