using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ServiceDefaults;

/// <summary>Starts the providers with the host, before its first request, and flushes what they hold when it stops.</summary>
/// <remarks>Nobody else asks the container for them, so without this they would never exist.</remarks>
sealed class TelemetryLifetime(TracerProvider traces, MeterProvider metrics, LoggerProvider logs) : IHostedService
{
    // Bounds the stop when the collector is gone.
    const int FlushMilliseconds = 2_000;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        traces.ForceFlush(FlushMilliseconds);
        metrics.ForceFlush(FlushMilliseconds);
        logs.ForceFlush(FlushMilliseconds);
    }, CancellationToken.None);
}
