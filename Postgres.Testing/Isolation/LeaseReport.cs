namespace Postgres.Testing;

/// <summary>What the return of a unit found: what the test changed, and what it left behind.</summary>
public sealed record LeaseReport
{
    /// <summary>Name of the test that had the lease.</summary>
    public required string TestName { get; init; }

    /// <summary>The unit's schema, or database.</summary>
    public required string Unit { get; init; }

    /// <summary>Tables whose rows were reset.</summary>
    public IReadOnlyList<TableChange> Changes { get; init; } = [];

    /// <summary>Sessions that were still busy, in a transaction, or holding locks, and were ended.</summary>
    public IReadOnlyList<LeakedSession> Leaks { get; init; } = [];

    /// <summary>Things wider than the unit that appeared during the lease: roles, settings, objects in other schemas.</summary>
    public IReadOnlyList<string> Escapes { get; init; } = [];

    /// <summary>What the options want the test to fail for (<see cref="TestDatabasesOptions.FailOnLeak"/>, <see cref="TestAudit.Fail"/>); null for nothing.</summary>
    public string? Fault { get; init; }

    /// <summary>Why the unit is dropped and rebuilt instead of recycled; null when it was recycled.</summary>
    public string? TaintedBy { get; init; }

    /// <summary>Whether what tainted the unit may have changed all others, too: DROP OWNED and REASSIGN OWNED know no schemas.</summary>
    internal bool TaintsAll { get; init; }

    /// <summary>Whether the unit is dropped because its reset failed, rather than for what the test did.</summary>
    public bool ResetFailed { get; init; }

    /// <summary>Whether the unit is kept as the test left it.</summary>
    public bool Kept { get; init; }

    /// <summary>Round trips to the server that the return took: one for a test that left nothing open, and another for a
    /// look at its sessions while the process uses connections of data sources that are no unit's.</summary>
    public int RoundTrips { get; init; }

    /// <summary>Time that the return took.</summary>
    public TimeSpan Duration { get; init; }
}

/// <summary>A table that the test changed.</summary>
/// <param name="Table">Its name, quoted where needed and with its schema.</param>
/// <param name="Rows">Rows that it had more than when the lease began; negative for fewer.</param>
public sealed record TableChange(string Table, long Rows);

/// <summary>A session that a test left behind.</summary>
/// <param name="ProcessId">The server's process.</param>
/// <param name="ApplicationName">The <c>application_name</c> of the session.</param>
/// <param name="State">What it was doing: <c>idle in transaction</c>, <c>active</c>, <c>idle</c> with locks or still open.</param>
/// <param name="Query">Its last or current statement.</param>
public sealed record LeakedSession(int ProcessId, string ApplicationName, string State, string Query);
