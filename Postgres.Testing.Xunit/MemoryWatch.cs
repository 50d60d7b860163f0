namespace Postgres.Testing.Xunit;

/// <summary>Looks now and then at how much memory the server's processes take, for the run report.</summary>
sealed class MemoryWatch : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    readonly PostgresServer server;
    readonly CancellationTokenSource stop = new();
    readonly Task loop;

    public MemoryWatch(PostgresServer server)
    {
        this.server = server;
        loop = Task.Run(WatchAsync);
    }

    /// <summary>Largest proportional set size so far, in bytes; null where it cannot be told.</summary>
    public long? Peak { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await LookAsync(CancellationToken.None).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
    }

    async Task WatchAsync()
    {
        try
        {
            while (await LookAsync(stop.Token).ConfigureAwait(false)) await Task.Delay(Pause, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await ServerMemory.ReadPssAsync(server, cancellationToken).ConfigureAwait(false) is not { } now) return false;
            Peak = Math.Max(Peak ?? 0, now);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return false; // a report without this figure is better than a run that fails for it
        }
    }
}
