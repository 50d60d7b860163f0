namespace Postgres.Testing.Xunit;

/// <summary>Units that stay as a failed test left them: the first few, since each takes connections and memory. Those on a server of somebody
/// else count there, too.</summary>
sealed class KeptUnits(int limit, KeptUnits? owner = null)
{
    int kept;

    /// <summary>Whether one more may be kept; a yes counts.</summary>
    public bool TryKeep() => (owner is null || owner.TryKeep()) && Interlocked.Increment(ref kept) <= limit;

    /// <summary>Whether there are any.</summary>
    public bool Any => limit > 0 && Volatile.Read(ref kept) > 0;

    /// <summary>Keeps the process, and with it an embedded server, alive while somebody looks at the kept units.</summary>
    public async Task HoldAsync(TimeSpan time)
    {
        if (time == TimeSpan.Zero || !Any) return;
        await Console.Error.WriteLineAsync($"Kept units stay up for {time.TotalSeconds:0} s ({PostgresTestingEnvironment.Hold}); Ctrl+C ends that.").ConfigureAwait(false);
        await Task.Delay(time).ConfigureAwait(false);
    }
}
