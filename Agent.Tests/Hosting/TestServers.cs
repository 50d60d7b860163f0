using Postgres.Testing;

namespace Agent.Tests.Hosting;

/// <summary>An agent that runs as a process of its own and takes leases.</summary>
interface IAgentProcess
{
    /// <summary>Base address.</summary>
    Uri Address { get; }

    /// <summary>The key of this boot, with which its leases are signed.</summary>
    string LeaseKey { get; }
}

/// <summary>Decides where the server and the agent of the tests come from.</summary>
static class TestServers
{
    /// <summary><c>in-process</c>, or, where Aspire is compiled in, <c>aspire-container</c>, <c>aspire-embedded</c> or
    /// <c>aspire-external</c>. Unset takes the first that this machine can run, in this order: container, embedded, in-process.</summary>
    public const string Variable = "AGENT_TESTS_HOST";

    const string InProcess = "in-process";

    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken)
    {
        var choice = Environment.GetEnvironmentVariable(Variable);
#if ASPIRE
        if (choice != InProcess && await Aspire.AspireServers.StartAsync(choice, cancellationToken) is { } server) return server;
#else
        if (choice is { Length: > 0 } and not InProcess)
            throw new InvalidOperationException(
                $"{Variable}={choice} needs Aspire, which was left out of this build (UseAspire=false). Build with it, or use {Variable}={InProcess}.");
#endif
        return await EmbeddedPostgres.StartAsync(cancellationToken: cancellationToken);
    }
}
