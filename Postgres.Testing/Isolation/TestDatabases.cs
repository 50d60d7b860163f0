namespace Postgres.Testing;

/// <summary>Leases clean units of one server to tests.</summary>
/// <remarks>A unit is made once and then recycled: a return resets only what the test changed. Safe for concurrent use.</remarks>
public sealed class TestDatabases : IAsyncDisposable
{
    readonly TestDatabasesOptions options;
    readonly PostgresServer server;
    readonly UnitFactory factory;
    readonly LeasePool pool;
    readonly Lock gate = new();
    Task? disposal;

    TestDatabases(PostgresServer server, UnitFactory factory, TestDatabasesOptions options, ConnectionBudget budget)
    {
        (this.server, this.factory, this.options) = (server, factory, options);
        pool = new(factory, options, budget);
        server.AllTainted += pool.Recheck;
    }

    /// <summary>Prepares the units of <paramref name="server"/> and makes the first.</summary>
    /// <exception cref="ArgumentException">An option has a value that cannot be; the message names it.</exception>
    /// <exception cref="PostgresTestingException">The options ask for more connections than the server has; or it is neither embedded nor
    /// marked as disposable (<see cref="ExistingPostgres.MarkDisposableAsync"/>).</exception>
    public static async Task<TestDatabases> CreateAsync(PostgresServer server, TestDatabasesOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        OpenConnections.Watch();
        var budget = new ConnectionBudget(server, options);
        var connections = new UnitConnections(server, options, budget.PoolSize);
        var databases = new TestDatabases(server, await UnitFactory.CreateAsync(server, options, connections, cancellationToken).ConfigureAwait(false), options, budget);
        try
        {
            await databases.pool.FillAsync(cancellationToken).ConfigureAwait(false);
            await databases.factory.BeginAuditAsync(cancellationToken).ConfigureAwait(false);
            return databases;
        }
        catch
        {
            await databases.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Leases a clean unit; disposing of the lease returns it.</summary>
    /// <param name="testName">Name of the test, for messages and reports.</param>
    /// <param name="cancellationToken">Ends the wait for a unit.</param>
    /// <exception cref="TimeoutException">No unit came free; the message names the tests that hold them.</exception>
    public Task<TestDatabase> LeaseAsync(string testName, CancellationToken cancellationToken = default) => LeaseAsync(testName, null, cancellationToken);

    /// <summary>Leases a unit with the rows of a scenario.</summary>
    /// <param name="testName">Name of the test, for messages and reports.</param>
    /// <param name="scenario">One of <see cref="TestDatabasesOptions.Scenarios"/>; null for the seed alone.</param>
    /// <param name="cancellationToken">Ends the wait for a unit.</param>
    /// <exception cref="TimeoutException">No unit came free; the message names the tests that hold them.</exception>
    public async Task<TestDatabase> LeaseAsync(string testName, string? scenario, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(testName);
        if (scenario is not null && !options.Scenarios.ContainsKey(scenario))
            throw new ArgumentException($"There is no scenario '{scenario}'. TestDatabasesOptions.Scenarios has: {string.Join(", ", options.Scenarios.Keys)}.", nameof(scenario));
        var unit = await pool.TakeAsync(testName, cancellationToken).ConfigureAwait(false);
        unit.Begin();
        var lease = new TestDatabase(this, unit, testName, options.NameConnections ? UnitConnections.Named(server, unit, testName) : null);
        pool.Holds(lease);
        if (scenario is null && options.Isolation != TestIsolation.Transaction) return lease;
        try
        {
            if (scenario is not null) await StageAsync(unit, scenario, cancellationToken).ConfigureAwait(false);
            if (options.Isolation == TestIsolation.Transaction) await lease.BeginAsync(cancellationToken).ConfigureAwait(false);
            return lease;
        }
        catch
        {
            await lease.ReturnAsync().ConfigureAwait(false);
            throw;
        }
    }

    async Task StageAsync(Unit unit, string scenario, CancellationToken cancellationToken)
    {
        if (unit.Snapshots.HasScenario(scenario))
        {
            await unit.Snapshots.RestoreAsync(scenario, true, cancellationToken).ConfigureAwait(false);
            return;
        }
        await using (var connection = await unit.DataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false))
        {
            await options.Scenarios[scenario](connection, cancellationToken).ConfigureAwait(false);
            await UnitFactory.ThrowIfOpenAsync(connection, $"The scenario '{scenario}'", cancellationToken).ConfigureAwait(false);
        }
        await unit.Snapshots.TakeAsync(scenario, true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether disposing of a lease has to know what the reset finds.</summary>
    bool Judges => options.FailOnLeak || options.Audit == TestAudit.Fail;

    internal async Task<LeaseReport> ReturnAsync(TestDatabase lease)
    {
        LeaseReport report;
        var unit = lease.TakenUnit;
        try
        {
            report = await unit.ResetAsync(lease.TestName, lease.ApplicationName, CancellationToken.None).ConfigureAwait(false);
            if (server is EmbeddedPostgres && report.TaintedBy is null) await unit.TidyAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            report = new() { TestName = lease.TestName, Unit = unit.Name, TaintedBy = exception.Message, ResetFailed = true, TaintsAll = true };
        }
        if (report.TaintedBy is null && lease.MayGoOn && report.Leaks.Any(leak => leak.ProcessId != 0))
            report = report with { TaintedBy = "a session that was left behind: whoever left it may go on to connect" };
        report = report with { Fault = FaultOf(report) };
        if (report.TaintsAll) server.TaintAll(lease.Since);
        pool.Return(unit, report.TaintedBy is null);
        pool.EndLease(lease);
        options.Reported?.Invoke(report);
        return report;
    }

    /// <summary>Ends a lease as its disposal does: beside the next test where nobody has to know the outcome.</summary>
    internal async Task DisposeAsync(TestDatabase lease)
    {
        if (!Judges && pool.HasSpare)
        {
            pool.EndLease(lease);
            pool.Run(() => lease.ReturnAsync());
            return;
        }
        var report = await lease.ReturnAsync().ConfigureAwait(false);
        if (report.Fault is { } fault) throw new PostgresTestingException(fault);
    }

    string? FaultOf(LeaseReport report)
    {
        List<string> findings = [];
        if (options.FailOnLeak) findings.AddRange(report.Leaks.Where(l => !OpenConnections.HasEnded(l.ApplicationName, report.Unit)).Select(l => $"left a session behind ({l.State}){(l.Query.Length > 0 ? $": {l.Query}" : "")}"));
        if (options.Audit == TestAudit.Fail) findings.AddRange(report.Escapes.Select(e => $"left outside of its unit: {e}"));
        return findings.Count == 0 ? null : $"'{report.TestName}' {string.Join("; ", findings)}.";
    }

    internal LeaseReport Keep(TestDatabase lease)
    {
        pool.EndLease(lease);
        pool.Keep(lease.TakenUnit);
        var report = new LeaseReport { TestName = lease.TestName, Unit = lease.Unit, Kept = true };
        options.Reported?.Invoke(report);
        return report;
    }

    /// <summary>Drops the units, or leaves them to later runs (<see cref="TestDatabasesOptions.TemplateKey"/>).</summary>
    /// <exception cref="PostgresTestingException">Leases were never returned; their tests are named. Everything else is done all the same.</exception>
    public ValueTask DisposeAsync()
    {
        lock (gate) return new(disposal ??= EndAsync());
    }

    async Task EndAsync()
    {
        try
        {
            await pool.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            server.AllTainted -= pool.Recheck;
            await factory.DisposeAsync().ConfigureAwait(false);
        }
    }
}
