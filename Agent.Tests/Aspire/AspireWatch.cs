using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Agent.Tests.Aspire;

/// <summary>Notices that the AppHost broke off in the middle of a run: orchestrator or container runtime gone, agent or database ended.</summary>
sealed class AspireWatch : IAsyncDisposable
{
    static readonly TimeSpan pause = TimeSpan.FromSeconds(1);

    // Longer than any hiccup; a health check may also fail because the machine is busy.
    static readonly TimeSpan patience = TimeSpan.FromSeconds(5);
    static readonly TimeSpan patienceWithHealth = TimeSpan.FromSeconds(30);
    static readonly string[] watched = ["postgres", "agentdb", "agent"];
    readonly CancellationTokenSource stop = new();
    readonly DistributedApplication application;
    readonly ResourceLogs logs;
    readonly Task watching;

    public AspireWatch(DistributedApplication application, ResourceLogs logs)
    {
        (this.application, this.logs) = (application, logs);
        watching = WatchAsync(stop.Token);
    }

    /// <summary>What happened, with the state and last lines of each resource; null while nothing did.</summary>
    public string? Lost { get; private set; }

    async Task WatchAsync(CancellationToken cancellationToken)
    {
        var agent = application.GetEndpoint("agent", "http");
        var since = DateTime.UtcNow;
        try
        {
            while (Lost is null)
            {
                await Task.Delay(pause, cancellationToken);
                var (problem, limit) = (Ended() ?? await RefusesAsync(agent, cancellationToken), patience);
                if (problem is null) (problem, limit) = (Unhealthy(), patienceWithHealth);
                if (problem is null) since = DateTime.UtcNow;
                else if (DateTime.UtcNow - since > limit)
                {
                    Lost = AspireException.Describe(application, logs, "The AppHost broke off", problem);
                    await Console.Error.WriteLineAsync(Lost);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    IEnumerable<(string Name, CustomResourceSnapshot Snapshot)> Resources() => watched
        .Select(name => (name, application.ResourceNotifications.TryGetCurrentState(name, out var now) ? now.Snapshot : null))
        .Where(resource => resource.Item2 is not null)!;

    string? Ended() => Resources()
        .Where(resource => resource.Snapshot.State?.Text is { } state
            && (KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.RuntimeUnhealthy))
        .Select(resource => $"'{resource.Name}' is {resource.Snapshot.State!.Text}").FirstOrDefault();

    string? Unhealthy() => Resources().Where(resource => resource.Snapshot.HealthStatus == HealthStatus.Unhealthy)
        .Select(resource => $"'{resource.Name}' has not been healthy for {patienceWithHealth.TotalSeconds:0} s").FirstOrDefault();

    // The orchestrator listens for the agent, and of one that was killed Aspire hears nothing at all.
    static async Task<string?> RefusesAsync(Uri address, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, cancellationToken);
            return null;
        }
        catch (SocketException e)
        {
            return $"the orchestrator does not answer any more ({address.Authority}: {e.Message}). Was it killed?";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching;
        stop.Dispose();
    }
}
