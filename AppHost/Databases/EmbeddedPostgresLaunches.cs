using Microsoft.Extensions.Hosting;
using Postgres.Testing;

namespace AppHost;

/// <summary>Prepares the server anew for each start, and removes what the last one left when the application has stopped.</summary>
sealed class EmbeddedPostgresLaunches(EmbeddedPostgresOptions options, ParameterResource password) : IHostedLifecycleService
{
    EmbeddedPostgresLaunch? latest;

    public async Task<EmbeddedPostgresLaunch> PrepareAsync(CancellationToken cancellationToken)
    {
        var launch = await EmbeddedPostgres.PrepareAsync(
            options with { Password = await password.GetValueAsync(cancellationToken) }, cancellationToken);
        if (Interlocked.Exchange(ref latest, launch) is { } before) await before.DisposeAsync();
        return launch;
    }

    // After the orchestrator: it stops the agent before the server.
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref latest, null) is { } launch) await launch.DisposeAsync();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
