namespace Postgres.Testing.Xunit;

/// <summary>Units that stay as a failed test left them: the first few, since each takes connections and memory.</summary>
sealed class KeptUnits(int limit)
{
    int kept;

    /// <summary>Whether one more may be kept; a yes counts.</summary>
    public bool TryKeep() => Interlocked.Increment(ref kept) <= limit;

    /// <summary>Keeps the process, and with it an embedded server, alive while somebody looks at the kept units.</summary>
    public async Task HoldAsync(TimeSpan time)
    {
        if (time == TimeSpan.Zero || limit == 0 || Volatile.Read(ref kept) == 0) return;
        await Console.Error.WriteLineAsync($"Kept units stay up for {time.TotalSeconds:0} s ({PostgresTestingEnvironment.Hold}); Ctrl+C ends that.").ConfigureAwait(false);
        await Task.Delay(time).ConfigureAwait(false);
    }
}
