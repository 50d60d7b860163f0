using System.Diagnostics;
using Postgres.Testing;

namespace Benchmarks.Habits;

/// <summary>Runs the same suite under each habit, one after the other: each has the machine to itself.</summary>
sealed class HabitsRun(int tests, Action<string> progress)
{
    public async Task<HabitsReport> RunAsync(CancellationToken token)
    {
        Habit[] habits =
        [
            new SharedByHand(), new PGlitePerTest(), new PGlitePerWorker(), new DatabasePerTest(), new SqliteHabit(), new ContainerPerClass(),
            new Recycling("recycled-schema", "this project, a schema per test", TestIsolation.Schema),
            new Recycling("recycled-database", "this project, a database per test", TestIsolation.Database),
            new Recycling("recycled-transaction", "this project, a transaction per test", TestIsolation.Transaction),
        ];
        Machine machine;
        await using (var server = await EmbeddedPostgres.StartAsync(cancellationToken: token)) machine = Machine.Read(server.Capabilities);
        await WarmUpAsync(token);
        var rows = new List<HabitRow>();
        foreach (var habit in habits)
        {
            await using (habit) rows.Add(await MeasureAsync(habit, token));
            progress($"{rows[^1].Habit}: {rows[^1].Skipped ?? $"{rows[^1].SuiteSeconds} s"}");
        }
        return new(machine, tests, rows);
    }

    // The agent's and Npgsql's code is compiled before anything is timed, so that the first habit does not pay for all.
    static async Task WarmUpAsync(CancellationToken token)
    {
        await using var habit = new SharedByHand();
        await habit.StartAsync(token);
        for (var test = 0; test < 20; test++) await habit.TestAsync(0, test, token);
    }

    async Task<HabitRow> MeasureAsync(Habit habit, CancellationToken token)
    {
        var row = new HabitRow(habit.Name, habit.Description, await habit.MissingAsync(token), habit.Parallel, habit.Workload, habit.Limits, null, null, null, null, null);
        if (row.Skipped is not null) return row;
        var begun = Stopwatch.GetTimestamp();
        await habit.StartAsync(token);
        var startUp = Stopwatch.GetElapsedTime(begun);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(token);
        var peak = PeakAsync(habit, ended.Token);
        begun = Stopwatch.GetTimestamp();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, habit.Parallel).Select(lane => Task.Run(async () =>
        {
            for (var test = Interlocked.Increment(ref next); test < tests; test = Interlocked.Increment(ref next)) await habit.TestAsync(lane, test, token);
        }, token)));
        var suite = Stopwatch.GetElapsedTime(begun);
        await ended.CancelAsync();
        return row with
        {
            SuiteSeconds = Math.Round((startUp + suite).TotalSeconds, 2),
            PerTestMs = Math.Round(suite.TotalMilliseconds / tests, 2),
            StartUpMs = Math.Round(startUp.TotalMilliseconds),
            PeakMemoryMb = await peak is { } bytes ? Math.Round(bytes / 1e6, 1) : null,
            VectorRowsOf10 = await habit.VectorRowsOf10Async(token),
        };
    }

    static async Task<long?> PeakAsync(Habit habit, CancellationToken ended)
    {
        long? peak = null;
        while (!ended.IsCancellationRequested)
        {
            if (await habit.MemoryAsync(CancellationToken.None) is { } now) peak = Math.Max(peak ?? 0, now);
            await Task.WhenAny(Task.Delay(200, CancellationToken.None), Task.Delay(Timeout.Infinite, ended));
        }
        return await habit.MemoryAsync(CancellationToken.None) is { } last ? Math.Max(peak ?? 0, last) : peak;
    }
}
