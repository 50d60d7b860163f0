using System.Diagnostics;
using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Agents;

/// <summary>How much of everything a run does.</summary>
sealed record AgentScale(string Name, int WarmUpTurns, int Turns, int PacedTurns, int FollowedTurns, int StoredMessages, int LongThread, int ThreadTurns, int Searches, int ExactScans, int MemoryTurns)
{
    public static AgentScale Full { get; } = new("full", 12_000, 8000, 4000, 2000, 100_000, 20_000, 300, 1000, 200, 50_000);

    public static AgentScale Quick { get; } = new("quick", 12_000, 2000, 1000, 500, 10_000, 5000, 100, 300, 100, 4000);
}

/// <summary>The service as a process, on an embedded server with the settings of a small production one, used over HTTP.</summary>
sealed class AgentRun(AgentScale scale, Action<string> progress)
{
    const int Users = 8;
    const int TurnsPerThread = 10;
    const int TurnsPerUser = 300;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    readonly Stopwatch elapsed = Stopwatch.StartNew();
    int messages = 1_000_000;
    int signedUp;

    public async Task<AgentReport> RunAsync(CancellationToken token)
    {
        var (machine, turns, memory) = await ConversationsAsync(token);
        var (threads, recall) = await LongPastAsync(token);
        return new(machine, scale.Name, turns, threads, recall, memory, Goals(turns, threads, recall, memory));
    }

    async Task<(Machine, TurnRow, MemoryRow)> ConversationsAsync(CancellationToken token)
    {
        await using var server = await StartServerAsync("64MB", token);
        await using var agent = await AgentProcess.StartAsync(server, token);
        Report("warming up");
        await TalkAsync(agent, scale.WarmUpTurns, token);
        // As the autovacuum of a server that has run for longer has done: with statistics, plans can be others.
        await AnalyzeAsync(server, token);

        Report($"{scale.Turns} turns of {Users} users");
        var (begun, serviceCpu, serverCpu) = (Stopwatch.GetTimestamp(), await agent.ProcessorAsync(token), await ServerProcessor.ReadMsAsync(server, token));
        var times = await TalkAsync(agent, scale.Turns, token);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        serviceCpu = await agent.ProcessorAsync(token) - serviceCpu;
        serverCpu = await ServerProcessor.ReadMsAsync(server, token) - serverCpu;
        Report($"{scale.PacedTurns} turns of {Users} users who pause");
        var paced = await TalkAsync(agent, scale.PacedTurns, token, Pause);
        await agent.FollowAsync(token);
        await TalkAsync(agent, scale.FollowedTurns, token);
        var followed = await agent.FollowedAsync(token);
        var turns = new TurnRow(Users, scale.Turns, Percentile(times, 50), Percentile(times, 95), Percentile(times, 99), Math.Round(times.Count / seconds, 1),
            Math.Round(followed.DatabaseMs / followed.RequestMs, 3), Math.Round(followed.RoundTrips / scale.FollowedTurns, 2),
            Math.Round(serviceCpu / scale.Turns, 3), Math.Round(serverCpu / scale.Turns, 3),
            new(scale.PacedTurns, Pause.TotalMilliseconds, Percentile(paced, 50), Percentile(paced, 95), Percentile(paced, 99)));

        Report($"{scale.MemoryTurns} turns, memory before and after");
        var (heap, process) = await agent.MemoryAsync(token);
        var pss = await PssAsync(server, token);
        await TalkAsync(agent, scale.MemoryTurns, token);
        var (heapAfter, processAfter) = await agent.MemoryAsync(token);
        var memory = new MemoryRow(scale.MemoryTurns, heap, heapAfter, process, processAfter, pss, await PssAsync(server, token));
        return (Machine.Read(server.Capabilities), turns, memory);
    }

    async Task<(ThreadRow, RecallRow)> LongPastAsync(CancellationToken token)
    {
        await using var server = await StartServerAsync("1GB", token);
        await using var agent = await AgentProcess.StartAsync(server, token);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        using var user = await AgentUser.SignUpAsync(agent.Address, "long@example.org", token);
        var stored = new StoredMemory(source, user.Id);
        Report($"loading {scale.StoredMessages} messages");
        var longThread = await stored.LoadAsync(scale.StoredMessages, scale.LongThread, token);

        Report($"{scale.Searches} searches in {scale.StoredMessages} messages");
        for (var i = 0; i < 100; i++) await user.SearchAsync(Question(-i - 1), token);
        var times = new List<double>();
        var answers = new List<(string Question, long[] Found)>();
        for (var i = 0; i < scale.Searches; i++)
        {
            var question = Question(i);
            var (milliseconds, found) = await user.SearchAsync(question, token);
            times.Add(milliseconds);
            answers.Add((question, found));
        }
        Report($"the same by exact scans, {scale.ExactScans} of them");
        var (shares, scans) = (new List<double>(), new List<double>());
        foreach (var (question, found) in answers.Take(scale.ExactScans))
        {
            var (share, milliseconds) = await stored.CompareAsync(question, found, token);
            shares.Add(share);
            scans.Add(milliseconds);
        }
        var recall = new RecallRow(scale.StoredMessages, scale.Searches, Percentile(times, 50), Percentile(times, 95), Percentile(times, 99),
            Math.Round(shares.Average(), 3), Percentile(scans, 50));

        Report($"a thread of {scale.LongThread} messages and one of 20");
        var (inLong, inShort, shortThread) = (new List<double>(), new List<double>(), Guid.Empty);
        for (var i = 0; i < scale.ThreadTurns; i++)
        {
            if (i % TurnsPerThread == 0)
            {
                // Ten turns are twenty messages.
                shortThread = await user.BeginThreadAsync(token);
                for (var turn = 0; turn < TurnsPerThread; turn++) await user.SayAsync(shortThread, Next(), token);
            }
            inLong.Add(await user.SayAsync(longThread, Next(), token));
            inShort.Add(await user.SayAsync(shortThread, Next(), token));
        }
        var (l, s) = (Percentile(inLong, 50), Percentile(inShort, 50));
        return (new(scale.LongThread, 20, scale.ThreadTurns, l, s, Math.Round(l / s, 2)), recall);

        string Question(int i) => Conversation.Question(Math.Abs(i * 7919) % scale.StoredMessages);
    }

    /// <summary>So many users talk at once, each on to the next message as soon as the answer is there, or after a pause. After some hundred turns another user comes.</summary>
    async Task<List<double>> TalkAsync(AgentProcess agent, int turns, CancellationToken token, TimeSpan pause = default)
    {
        var left = turns;
        var times = await Task.WhenAll(Enumerable.Range(0, Users).Select(_ => Task.Run(async () =>
        {
            var (mine, thread) = (new List<double>(), Guid.Empty);
            AgentUser? user = null;
            while (Interlocked.Decrement(ref left) >= 0)
            {
                if (mine.Count % TurnsPerUser == 0)
                {
                    user?.Dispose();
                    user = await AgentUser.SignUpAsync(agent.Address, $"user{Interlocked.Increment(ref signedUp)}@example.org", token);
                }
                if (mine.Count % TurnsPerThread == 0) thread = await user!.BeginThreadAsync(token);
                mine.Add(await user!.SayAsync(thread, Next(), token));
                if (pause > TimeSpan.Zero) await Task.Delay(pause, token);
            }
            user?.Dispose();
            return mine;
        }, token)));
        return [.. times.SelectMany(time => time)];
    }

    string Next() => Conversation.Message(Interlocked.Increment(ref messages));

    // A test's server does nothing in the background and keeps little in memory; this one is to be like one in production.
    static Task<EmbeddedPostgres> StartServerAsync(string sharedBuffers, CancellationToken token) => EmbeddedPostgres.StartAsync(new()
    {
        MaxConnections = 100,
        RequiredSpace = 4L << 30,
        Settings = new Dictionary<string, string>
        {
            ["shared_buffers"] = sharedBuffers,
            ["autovacuum"] = "on",
            ["max_wal_size"] = "1GB",
            ["wal_recycle"] = "on",
            ["max_parallel_maintenance_workers"] = "2",
            ["max_worker_processes"] = "8",
        },
    }, token);

    static async Task AnalyzeAsync(PostgresServer server, CancellationToken token)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand("analyze");
        await command.ExecuteNonQueryAsync(token);
    }

    /// <summary>Of the server at rest: an autovacuum that happens to run has a process and a work area of its own.</summary>
    static async Task<double> PssAsync(PostgresServer server, CancellationToken token)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand("select exists (select from pg_stat_activity where backend_type = 'autovacuum worker')");
        for (var second = 0; second < 60 && (bool)(await command.ExecuteScalarAsync(token))!; second++) await Task.Delay(1000, token);
        return (await ServerMemory.ReadPssAsync(server, token) ?? 0) / 1e6;
    }

    static double Percentile(List<double> samples, double percent) => Measurement.Percentile(samples, percent);

    void Report(string what) => progress($"{elapsed.Elapsed.TotalSeconds,4:0} s  {what}");

    static IReadOnlyList<Goal> Goals(TurnRow turns, ThreadRow threads, RecallRow recall, MemoryRow memory) =>
    [
        Goal.Below($"turn p50 at {turns.Users} users", turns.P50Ms, 8, "ms"),
        Goal.Below($"turn p95 at {turns.Users} users", turns.P95Ms, 25, "ms"),
        Goal.Below($"recall over {recall.Messages:N0} messages p95", recall.P95Ms, 10, "ms"),
        Goal.AtLeast("recall@4 against an exact scan", recall.RecallAt4, 0.95, ""),
        Goal.Below($"turn in a thread of {threads.LongMessages:N0} messages, relative to one of {threads.ShortMessages}", threads.Ratio, 1.25, "×"),
        Goal.Below($"heap after {memory.Turns:N0} turns, relative to before", Math.Round(memory.HeapEndMb / memory.HeapStartMb, 3), 1.1, "×"),
        Goal.Below("resident set, the same", Math.Round(memory.ProcessEndMb / memory.ProcessStartMb, 3), 1.1, "×"),
        Goal.Below("server's memory (PSS), the same", Math.Round(memory.ServerEndMb / memory.ServerStartMb, 3), 1.1, "×"),
    ];
}
