using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Npgsql;

namespace Postgres.Testing;

/// <summary>Who has which unit, who waits, what is being made. First come, first served; never more units than allowed.</summary>
sealed class LeasePool : IAsyncDisposable
{
    readonly UnitFactory factory;
    readonly TestDatabasesOptions options;
    readonly ConnectionBudget budget;
    readonly Lock gate = new();
    readonly List<Unit> clean = []; // the last one in is the warmest, and first out
    readonly LinkedList<TaskCompletionSource<Unit>> waiting = [];
    readonly HashSet<TestDatabase> holders = [];
    readonly HashSet<Unit> kept = [];
    readonly HashSet<Task> background = [];
    readonly List<(long Since, long Until)> spoiled = []; // while somebody changed whatever was in the database
    readonly CancellationTokenSource ending = new();
    readonly Timer shrinking;
    int leased, units, building;

    public LeasePool(UnitFactory factory, TestDatabasesOptions options, ConnectionBudget budget)
    {
        (this.factory, this.options, this.budget) = (factory, options, budget);
        var period = options.IdleTimeout == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(options.IdleTimeout.Ticks / 2, TimeSpan.TicksPerMillisecond));
        shrinking = new(_ => Shrink(), null, period, period);
    }

    // Under the lock.
    int Limit => budget.UnitsBeside(kept.Count);

    /// <summary>Makes the first unit, so that an error in the migrations shows here.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var unit = await MakeAsync(cancellationToken).ConfigureAwait(false);
            lock (gate)
            {
                if (!IsSpoiled(unit))
                {
                    units++;
                    clean.Add(unit);
                    return;
                }
            }
            await factory.DropAsync(unit, CancellationToken.None).ConfigureAwait(false);
        }
    }

    async Task<Unit> MakeAsync(CancellationToken cancellationToken)
    {
        var from = Stopwatch.GetTimestamp();
        var unit = await factory.MakeAsync(cancellationToken).ConfigureAwait(false);
        (unit.MadeFrom, unit.MadeUntil) = (from, Stopwatch.GetTimestamp());
        return unit;
    }

    public ValueTask<Unit> TakeAsync(string testName, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Unit> waiter;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ending.IsCancellationRequested, typeof(TestDatabases));
            if (waiting.Count == 0 && leased < options.Workers && clean.Count > 0) return new(Pop());
            waiter = new(Stopwatch.GetTimestamp(), TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.AddLast(waiter);
            Schedule();
        }
        return new(WaitAsync(waiter, testName, cancellationToken));
    }

    public void Holds(TestDatabase lease)
    {
        lock (gate) holders.Add(lease);
    }

    /// <summary>Whether a reset may run beside the next test: another unit lies ready for it.</summary>
    public bool HasSpare
    {
        get { lock (gate) return clean.Count > 0 && waiting.Count == 0; }
    }

    /// <summary>Lets the next test lease, before this one's unit is clean.</summary>
    public void EndLease(TestDatabase lease)
    {
        lock (gate)
        {
            if (!holders.Remove(lease)) return;
            leased--;
            Schedule();
        }
    }

    /// <summary>Takes a unit back: clean into the pool, else out of it, with another in its place.</summary>
    public void Return(Unit unit, bool isClean)
    {
        lock (gate)
        {
            isClean &= !IsSpoiled(unit);
            if (isClean && !ending.IsCancellationRequested && IsOvertaken(unit))
            {
                Look(unit);
                return;
            }
            if (isClean && !ending.IsCancellationRequested)
            {
                unit.IdleSince = Stopwatch.GetTimestamp();
                clean.Add(unit);
            }
            else
            {
                units--;
                Run(() => isClean ? factory.ReleaseAsync(unit, CancellationToken.None) : factory.DropAsync(unit, CancellationToken.None));
                if (!isClean && units < Math.Min(options.Workers, Limit) && !ending.IsCancellationRequested) StartBuilding();
            }
            Schedule();
        }
    }

    /// <summary>Looks at the clean units again, before anybody gets one: a test has done something to all units there were. Of those that
    /// were just being made nobody can tell any more what they ought to be.</summary>
    /// <param name="since">When that test began, by <see cref="Stopwatch"/>.</param>
    public void Recheck(long since)
    {
        lock (gate)
        {
            if (ending.IsCancellationRequested) return; // a unit that is kept for later runs is looked at when one of them takes it
            spoiled.Add((since, Stopwatch.GetTimestamp()));
            foreach (var unit in clean) Look(unit);
            clean.Clear();
        }
    }

    /// <summary>Resets a unit that nobody has, beside the tests. Whatever goes wrong, it comes back: whoever waits counts on it.</summary>
    void Look(Unit unit) => Run(async () =>
    {
        var isClean = false;
        try
        {
            isClean = (await unit.ResetAsync("nobody", unit.Name, CancellationToken.None).ConfigureAwait(false)).TaintedBy is null;
        }
        finally
        {
            Return(unit, isClean);
        }
    });

    // Under the lock. What happened since its reset began, the reset may have missed.
    bool IsOvertaken(Unit unit) => unit.CheckedFrom > 0 && spoiled.Exists(time => unit.CheckedFrom < time.Until);

    // Under the lock.
    bool IsSpoiled(Unit unit) => spoiled.Exists(time => unit.MadeFrom < time.Until && unit.MadeUntil > time.Since);

    /// <summary>Takes a unit out for good, as the test left it.</summary>
    public void Keep(Unit unit)
    {
        unit.ClearPools();
        lock (gate)
        {
            units--;
            kept.Add(unit);
            Schedule();
        }
    }

    /// <summary>Does something beside the tests; the pool does not end before it has.</summary>
    public void Run(Func<Task> work)
    {
        lock (gate)
        {
            var task = Task.Run(work);
            background.Add(task);
            _ = task.ContinueWith(done => { lock (gate) background.Remove(done); }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public string Holders()
    {
        lock (gate) return holders.Count == 0 ? "nobody" : string.Join(", ", holders.OrderBy(h => h.Since).Select(h => $"'{h.TestName}' ({Stopwatch.GetElapsedTime(h.Since).TotalSeconds:0.0} s, {h.Unit})"));
    }

    Unit Pop()
    {
        leased++;
        var unit = clean[^1];
        clean.RemoveAt(clean.Count - 1);
        while (units < Math.Min(leased + options.Spares, Limit)) StartBuilding();
        return unit;
    }

    // Under the lock.
    void Schedule()
    {
        while (waiting.First is { } first && leased < options.Workers && clean.Count > 0)
        {
            waiting.RemoveFirst();
            var unit = Pop();
            if (first.Value.TrySetResult(unit)) continue;
            leased--;
            clean.Add(unit);
        }
        while (building < Math.Min(waiting.Count, options.Workers - leased) && units < Limit) StartBuilding();
    }

    // Under the lock.
    void StartBuilding()
    {
        building++;
        units++;
        Run(BuildAsync);
    }

    async Task BuildAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var unit = await MakeAsync(ending.Token).ConfigureAwait(false);
            lock (gate)
            {
                building--;
                Return(unit, true);
            }
        }
        catch (Exception exception)
        {
            lock (gate)
            {
                building--;
                units--;
                // Whoever waits longest hears why; the next one gets a try of its own, and so does who came later: what was used up then may be free again.
                if (waiting.First is { } first && (long)first.Value.Task.AsyncState! <= begun)
                {
                    waiting.RemoveFirst();
                    first.Value.TrySetException(new PostgresTestingException($"A unit could not be made: {factory.Limit(exception) ?? exception.Message}{Hint(exception)}", exception));
                }
                Schedule();
            }
        }
    }

    static string Hint(Exception exception)
        => exception is PostgresException { SqlState: PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.DuplicateSchema or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateFunction }
            ? $". Migrate runs once for each unit, and this is there once for all units of a database: write IF NOT EXISTS, or lease at {nameof(TestIsolation)}.{nameof(TestIsolation.Database)}." : "";

    async Task<Unit> WaitAsync(TaskCompletionSource<Unit> waiter, string testName, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Task.WaitAsync(options.LeaseTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            var gaveUp = waiter.TrySetCanceled(CancellationToken.None);
            int made;
            lock (gate)
            {
                waiting.Remove(waiter);
                made = building;
            }
            if (!gaveUp && waiter.Task.IsCompletedSuccessfully) return await waiter.Task.ConfigureAwait(false);
            if (exception is OperationCanceledException) throw;
            throw new TimeoutException(
                $"'{testName}' waited {options.LeaseTimeout.TotalSeconds:0.#} s for a unit. {options.Workers} can be leased at once (TestDatabasesOptions.Workers). Held by: {Holders()}.{(made == 0 ? "" : $" Being made: {made}; Migrate, or Seed, has not come to its end there.")}");
        }
    }

    void Shrink()
    {
        List<Unit> idle = [];
        lock (gate)
        {
            if (ending.IsCancellationRequested) return;
            while (clean.Count > 0 && units > Math.Min(1 + options.Spares, Limit) && Stopwatch.GetElapsedTime(clean[0].IdleSince) > options.IdleTimeout)
            {
                idle.Add(clean[0]);
                clean.RemoveAt(0);
                units--;
            }
        }
        foreach (var unit in idle) Run(() => factory.ReleaseAsync(unit, CancellationToken.None));
    }

    /// <exception cref="PostgresTestingException">Leases were never returned; their tests are named.</exception>
    public async ValueTask DisposeAsync()
    {
        await shrinking.DisposeAsync().ConfigureAwait(false);
        string holding;
        List<TestDatabase> unreturned;
        lock (gate)
        {
            if (ending.IsCancellationRequested) return;
            ending.Cancel();
            foreach (var waiter in waiting) waiter.TrySetException(new ObjectDisposedException(nameof(TestDatabases)));
            waiting.Clear();
            (holding, unreturned) = (Holders(), [.. holders]);
        }
        Exception? failure = null;
        foreach (var unit in unreturned.Select(l => l.TakenUnit).Concat(kept)) await EndAsync(() => factory.DropAsync(unit, CancellationToken.None)).ConfigureAwait(false);
        while (true)
        {
            Task[] running;
            lock (gate) running = [.. background];
            if (running.Length == 0) break;
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        foreach (var unit in clean) await EndAsync(() => factory.ReleaseAsync(unit, CancellationToken.None)).ConfigureAwait(false);
        ending.Dispose();
        if (unreturned.Count > 0)
            throw new PostgresTestingException($"Leases were never returned: {holding}. Dispose of each lease when its test ends (await using).", failure);
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);

        async Task EndAsync(Func<Task> end)
        {
            try
            {
                await end().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure ??= exception; // the others end all the same
            }
        }
    }
}
