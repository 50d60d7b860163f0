using System.Diagnostics;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A schema or database that is leased, reset and leased again, with its warm data source and its control session.</summary>
/// <param name="name">The schema's or the database's name, which is also its sessions' <c>application_name</c>.</param>
/// <param name="schema">The schema that a test finds first on its search path.</param>
/// <param name="dataSource">What tests connect through.</param>
/// <param name="connectionString">The same for those who want a string, with the password.</param>
/// <param name="control">The engine's session, which holds the claim on the unit.</param>
/// <param name="function">What resets it.</param>
/// <param name="catalogue">What it consists of.</param>
/// <param name="audit">What is known beside the units; null looks for nothing.</param>
/// <param name="limit">How long to wait for a session to end.</param>
sealed class Unit(string name, string schema, NpgsqlDataSource dataSource, string connectionString, NpgsqlConnection control, ResetFunction function, Catalogue catalogue,
    AuditBaseline? audit, TimeSpan limit) : IAsyncDisposable
{
    const int Attempts = 4;
    const int TidyPeriod = 500;

    readonly NpgsqlCommand reset = new(function.Call, control)
    { Parameters = { new() { Value = name }, new() { Value = audit is not null } } };
    readonly Dictionary<uint, Table> tables = catalogue.Tables.ToDictionary(t => t.Oid);
    readonly string poolName = new NpgsqlConnectionStringBuilder(connectionString) { Password = null }.ConnectionString;

    /// <summary>The control session is one: a test that was cut off may still be taking a snapshot when its unit is reset.</summary>
    readonly SemaphoreSlim turn = new(1);

    /// <summary>Connections of earlier leases that were ended by the server while some test held them, and still does.</summary>
    int abandoned;

    int returns;

    public string Name => name;

    public string Schema => schema;

    public NpgsqlDataSource DataSource => dataSource;

    public string ConnectionString => connectionString;

    /// <summary>The session that holds the claim where the control session, in the unit's own database, does not.</summary>
    public NpgsqlConnection? Claim { get; init; }

    /// <summary>Layers that can be gone back to: the scenarios of the unit and the snapshots of the running lease.</summary>
    public Snapshots Snapshots { get; } = new(function.Owner, control, function, catalogue);

    /// <summary>When this process made it or took it over, by <see cref="Stopwatch"/>.</summary>
    public long MadeFrom { get; set; }

    /// <summary>When that was done.</summary>
    public long MadeUntil { get; set; }

    /// <summary>When its last reset began, by <see cref="Stopwatch"/>: what happens from then on it may have missed.</summary>
    public long CheckedFrom { get; private set; }

    /// <summary>When it was last returned, by <see cref="Stopwatch"/>.</summary>
    public long IdleSince { get; set; } = Stopwatch.GetTimestamp();

    /// <summary>Before a lease: connections that earlier tests have closed after all are not awaited again.</summary>
    public void Begin()
    {
        if (abandoned > 0) abandoned = Math.Min(abandoned, OpenConnections.Of(name, poolName).Open);
    }

    /// <summary>Resets what the test changed; a report with <see cref="LeaseReport.TaintedBy"/> says that it could not.</summary>
    public async Task<LeaseReport> ResetAsync(string testName, string application, CancellationToken cancellationToken)
    {
        var started = CheckedFrom = Stopwatch.GetTimestamp();
        var report = new LeaseReport { TestName = testName, Unit = name };
        try
        {
            await ControlAsync(async () => report = await ResetAsync(report, application, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            // A lock that nobody gives up, a control session that the test ended, a function it replaced: all the same.
            report = report with { ResetFailed = true, TaintsAll = true, TaintedBy = $"the reset failed: {exception.Message}" };
        }
        return report with { Duration = Stopwatch.GetElapsedTime(started) };
    }

    async Task<LeaseReport> ResetAsync(LeaseReport report, string application, CancellationToken cancellationToken)
    {
        List<LeakedSession> leaks = [];
        var trips = 0;
        var use = OpenConnections.Of(name, poolName);
        var open = use.Open;
        // A data source that was given a name of its own does not tell whose connections it has: the server knows how many there are.
        var isNamed = false;
        if (open == abandoned && use.Others > 0)
        {
            isNamed = await LeakedSessions.CountAsync(control, application, function.IsDatabase, cancellationToken).ConfigureAwait(false) > (application == name ? use.Known : use.Open);
            trips++;
        }
        var lost = false;
        if (open > abandoned || isNamed)
        {
            var idle = await OnIdleAsync(use, null, cancellationToken).ConfigureAwait(false);
            var pids = await LeakedSessions.FindOpenAsync(control, application, function.IsDatabase, idle, open - abandoned, limit, cancellationToken).ConfigureAwait(false);
            trips++;
            // None where a session was only slow to end: that of the migrations, say.
            if (pids.Length > 0) await EndAsync(pids).ConfigureAwait(false);
            lost = pids.Length < open - abandoned && await LeakedSessions.AnyUnderOtherNamesAsync(control, application, cancellationToken).ConfigureAwait(false);
            if (lost && use.Ended is null) leaks.Add(new(0, "", "open under another application_name", ""));
        }
        else if (OpenConnections.TakePrepared(name) && application == name)
        {
            // Npgsql spares the prepared statements of a session that has any of its own, so that those of a test's PREPARE would stay as
            // well; and after a test's DEALLOCATE ALL it would go on to use what is gone.
            trips += (await OnIdleAsync(use, session => session.UnprepareAll(), cancellationToken).ConfigureAwait(false)).Count;
        }
        abandoned = open;
        reset.Parameters[0].Value = application;
        if (!reset.IsPrepared) await reset.PrepareAsync(cancellationToken).ConfigureAwait(false);
        var result = await ResetResult.ReadAsync(reset, cancellationToken).ConfigureAwait(false);
        trips++;
        for (var attempt = 1; result.State == "leaked" && attempt <= Attempts; attempt++)
        {
            await EndAsync(result.Pids).ConfigureAwait(false);
            result = await ResetResult.ReadAsync(reset, cancellationToken).ConfigureAwait(false);
            trips++;
        }

        async Task EndAsync(int?[] pids)
        {
            // One that is slow to end is found again.
            leaks.AddRange((await LeakedSessions.DescribeAsync(control, pids, cancellationToken).ConfigureAwait(false)).ExceptBy(leaks.Select(leak => leak.ProcessId), leak => leak.ProcessId));
            // Before the sessions end: an idle connection that the pool lent out afterwards would be a broken one.
            ClearPools();
            leaks.AddRange(await LeakedSessions.EndAsync(control, pids, function.IsDatabase ? null : catalogue, limit, cancellationToken).ConfigureAwait(false));
            trips += 2;
        }
        IReadOnlyList<string> escapes = result.Escapes;
        if (audit is not null && result.AuditMark is { } mark)
        {
            var escaped = await audit.CompareAsync(control, mark, cancellationToken).ConfigureAwait(false);
            if (escaped.Count > 0) (escapes, trips) = ([.. escapes, .. escaped], trips + 1);
        }
        var changes = result.Changed.Select((oid, i) => new TableChange(tables[oid].Sql, result.Rows[i] is { } rows ? rows - Snapshots.StagedRows(function.Plan.IndexOf(tables[oid])) : 0)).ToList();
        await Snapshots.ForgetAsync(cancellationToken).ConfigureAwait(false);
        return report with
        {
            Changes = changes,
            Leaks = leaks,
            Escapes = escapes,
            TaintedBy = result.State != "clean" ? result.Detail ?? "sessions of the test that could not be ended"
                : (OpenConnections.TakeIntruder(name) ?? (lost ? use.Ended : null)) is { } intruder ? $"a connection of '{intruder}', which had returned the unit: something of it goes on"
                : lost ? "a connection that was left open under another application_name, which nothing tells from other people's"
                : use.Open + use.IdleOfSource == 0 && await IsSourceGoneAsync(cancellationToken).ConfigureAwait(false) ? "the unit's data source, which was disposed of" : null,
            TaintsAll = result.State != "clean" && result.Detail?.Contains(" OWNED", StringComparison.Ordinal) != false,
            RoundTrips = trips,
        };
    }

    /// <summary>Only opening a connection tells.</summary>
    async Task<bool> IsSourceGoneAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Does something by the control session when nothing else uses it.</summary>
    public async Task ControlAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Now and then, after a reset: each TRUNCATE and each snapshot leaves dead rows in the catalogue, and on an embedded
    /// server nobody else clears them away.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        if (++returns % TidyPeriod != 0) return;
        await ControlAsync(() => VacuumAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    async Task VacuumAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("vacuum (truncate off) pg_catalog.pg_class, pg_catalog.pg_attribute, pg_catalog.pg_type, pg_catalog.pg_depend, pg_catalog.pg_index", control);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What differs from what the lease began with, through a session that sees it; null for the engine's own.</summary>
    public async Task<IReadOnlyList<TableChange>> ChangesAsync(NpgsqlConnection? session, CancellationToken cancellationToken)
    {
        if (session is not null) return await Snapshots.ChangesAsync(session, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TableChange> changes = [];
        await ControlAsync(async () => changes = await Snapshots.ChangesAsync(null, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return changes;
    }

    /// <summary>Does something on the connections that lie in the unit's pools.</summary>
    /// <returns>The processes of their sessions.</returns>
    async Task<List<int>> OnIdleAsync(PoolUse use, Action<NpgsqlConnection>? work, CancellationToken cancellationToken)
    {
        List<NpgsqlConnection> sessions = [];
        List<int> pids = [];
        // What the test left running may take them from the pools, and new ones may not be to be had.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            for (var i = 0; i < use.IdleOfSource; i++) sessions.Add(await dataSource.OpenConnectionAsync(patience.Token).ConfigureAwait(false));
            for (var i = 0; i < use.IdleOfString; i++)
            {
                sessions.Add(new(connectionString));
                await sessions[^1].OpenAsync(patience.Token).ConfigureAwait(false);
            }
            pids.AddRange(sessions.Select(session => session.ProcessID));
            if (work is not null) sessions.ForEach(work);
        }
        catch (Exception exception) when (exception is NpgsqlException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            ClearPools(); // a session that the test has ended from elsewhere
        }
        finally
        {
            foreach (var session in sessions) await session.DisposeAsync().ConfigureAwait(false);
        }
        return pids;
    }

    /// <summary>Closes the connections that nobody uses.</summary>
    public void ClearPools()
    {
        dataSource.Clear();
        using var raw = new NpgsqlConnection(connectionString);
        NpgsqlConnection.ClearPool(raw);
    }

    public async ValueTask DisposeAsync()
    {
        ClearPools();
        // Who still waits for a turn gets one, and hears that the session has ended.
        await ControlAsync(async () =>
        {
            await reset.DisposeAsync().ConfigureAwait(false);
            await dataSource.DisposeAsync().ConfigureAwait(false);
            await EndClaimAsync().ConfigureAwait(false);
            await control.DisposeAsync().ConfigureAwait(false);
        }, CancellationToken.None).ConfigureAwait(false);
        if (Claim is not null) await Claim.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The server ends a session some time after its connection was closed: who takes the unit over next need not wait for that.</summary>
    async Task EndClaimAsync()
    {
        try
        {
            await using var command = new NpgsqlCommand("select pg_advisory_unlock_all()", Claim ?? control) { CommandTimeout = 2 };
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // The session is lost, or busy with what it was cut off from: the claim ends with it.
        }
    }
}
