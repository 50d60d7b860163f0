namespace Postgres.Testing;

/// <summary>Looks after a running server: ends one that was stopped by a signal, since whoever waits for it would wait forever,
/// and says in one line what a server died of.</summary>
sealed class ServerWatch : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    readonly Guardian guardian;
    readonly PostgresLog log;
    readonly int? postmaster;
    readonly Timer timer;
    readonly HashSet<int> stoppedBefore = [];
    volatile bool wasStopped;

    public ServerWatch(Guardian guardian, ServerFolder folder, PostgresLog log)
    {
        (this.guardian, this.log, postmaster) = (guardian, log, ServerProcesses.Postmaster(folder.Data));
        Death = DescribeAsync();
        timer = new(_ => Look(), null, Pause, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends with the server: what became of it.</summary>
    public Task<string> Death { get; }

    /// <summary>Whether the server goes on, as far as can be told without asking it.</summary>
    public bool IsRunning => !guardian.Exited.IsCompleted && (postmaster is not { } id || !Directory.Exists("/proc/self") || ServerProcesses.IsRunning(id));

    public ValueTask DisposeAsync() => timer.DisposeAsync();

    // Twice in a row: somebody may stop and continue a server on purpose.
    void Look()
    {
        if (postmaster is not { } id || guardian.Exited.IsCompleted) return;
        var stopped = ServerProcesses.Tree(id).Where(ServerProcesses.IsStopped).ToList();
        if (stopped.Any(stoppedBefore.Contains) && !guardian.Exited.IsCompleted)
        {
            wasStopped = true;
            foreach (var process in ServerProcesses.Tree(id)) Posix.Signal(process, Posix.SigKill);
            return;
        }
        stoppedBefore.Clear();
        stoppedBefore.UnionWith(stopped);
        try
        {
            timer.Change(Pause, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The server has been stopped meanwhile.
        }
    }

    async Task<string> DescribeAsync()
    {
        var code = await guardian.Exited.ConfigureAwait(false);
        if (wasStopped) return "it was stopped by a signal (SIGSTOP) and did not go on";
        if (code is null) return "it ended with its guardian process, which was killed";
        if (code > 128) return code == 128 + Posix.SigKill ? "it was killed (SIGKILL)" : $"it was ended by signal {code - 128}";
        var text = await log.ReadAsync(Math.Max(0, log.Position - (64 << 10))).ConfigureAwait(false);
        var last = PostgresLog.Parse(text).LastOrDefault(entry => entry.Severity == "PANIC" || entry.Message.Contains("terminated by signal", StringComparison.Ordinal));
        return last is null ? $"it ended with exit code {code}" : last.Message.Split('\n')[0];
    }
}
