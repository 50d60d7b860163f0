using Npgsql;

namespace Postgres.Testing;

/// <summary>How <see cref="TestDatabases"/> makes, counts and checks its units.</summary>
public sealed record TestDatabasesOptions
{
    /// <summary>Makes the tables of a unit. The connection's search path is the unit, then the extensions. Runs once per unit at
    /// <see cref="TestIsolation.Schema"/>, once in all at <see cref="TestIsolation.Database"/>.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task>? Migrate { get; init; }

    /// <summary>Fills a migrated unit with the rows that every test starts from. Runs as often as <see cref="Migrate"/>.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task>? Seed { get; init; }

    /// <summary>Named layers on top of <see cref="Seed"/>, for <see cref="TestDatabases.LeaseAsync(string, string?, CancellationToken)"/>:
    /// each runs once per unit, later leases get its rows by copy.</summary>
    public IReadOnlyDictionary<string, Func<NpgsqlConnection, CancellationToken, Task>> Scenarios { get; init; }
        = new Dictionary<string, Func<NpgsqlConnection, CancellationToken, Task>>();

    /// <summary>What a test gets to itself.</summary>
    public TestIsolation Isolation { get; init; } = TestIsolation.Schema;

    /// <summary>Leases that can be out at once.</summary>
    public int Workers { get => WorkersOrNull ?? 4; init => WorkersOrNull = value; }

    internal int? WorkersOrNull { get; private init; }

    /// <summary>Units beyond <see cref="Workers"/>. With a clean one at hand, disposing of a lease does not wait for the reset;
    /// its report then reaches <see cref="Reported"/> only. The tests of the xunit layer wait for their reports, and gain nothing by it.</summary>
    public int Spares { get; init; }

    /// <summary>Connections that a unit's data source opens at most; null divides what the server has, up to 10 each. Each
    /// <see cref="TestDatabases"/> counts for itself: with several on one server, or several processes, say how many each may have.</summary>
    public int? PoolSize { get; init; }

    /// <summary>Connections of the server that are left to others.</summary>
    public int ReservedConnections { get; init; } = 5;

    /// <summary>How long a reset waits for any one lock, or for a session to end, before the unit is rebuilt instead.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long <see cref="TestDatabases.LeaseAsync(string, CancellationToken)"/> waits for a unit.</summary>
    public TimeSpan LeaseTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a unit lies unused before it is dropped; one and the <see cref="Spares"/> always stay.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether the test's name is the <c>application_name</c> of its sessions, instead of the unit's. It is fixed when a session
    /// begins, so that each lease then opens sessions of its own (some milliseconds) in place of the unit's warm ones. Of a test that connects by
    /// <see cref="TestDatabase.ConnectionString"/> rather than by its data source an empty pool stays in the process, which Npgsql never forgets.</summary>
    public bool NameConnections { get; init; }

    /// <summary>What becomes of things that escaped a unit.</summary>
    public TestAudit Audit { get; init; } = TestAudit.Report;

    /// <summary>Whether disposing of a lease throws, and with xunit the test fails, when the test left sessions open, busy, in a transaction
    /// or holding locks.</summary>
    public bool FailOnLeak { get; init; }

    /// <summary>Names what <see cref="Migrate"/> and <see cref="Seed"/> make (a hash of the migration files, say): on a server that
    /// outlives the process, units with the same key are taken over instead of made. Null drops the units at the end.</summary>
    public string? TemplateKey { get; init; }

    /// <summary>Called with the report of every return, on whatever thread it ends.</summary>
    public Action<LeaseReport>? Reported { get; init; }

    /// <exception cref="ArgumentException">An option has a value that cannot be.</exception>
    internal void ThrowIfInvalid()
    {
        const int Most = 10_000; // beyond any server's max_connections that makes sense
        Check(Workers is >= 1 and <= Most, nameof(Workers), Workers, $"1 to {Most}");
        Check(Spares is >= 0 and <= Most, nameof(Spares), Spares, $"0 to {Most}");
        Check(PoolSize is null or (>= 1 and <= Most), nameof(PoolSize), PoolSize, $"1 to {Most}, or null");
        Check(ReservedConnections is >= 0 and <= Most, nameof(ReservedConnections), ReservedConnections, $"0 to {Most}");
        Check(Enum.IsDefined(Isolation), nameof(Isolation), Isolation, string.Join(", ", Enum.GetNames<TestIsolation>()));
        Check(Enum.IsDefined(Audit), nameof(Audit), Audit, string.Join(", ", Enum.GetNames<TestAudit>()));
        Check(Scenarios is not null, nameof(Scenarios), null, "an empty dictionary for none");
        foreach (var (name, value, endless) in new[] { (nameof(LockTimeout), LockTimeout, false), (nameof(LeaseTimeout), LeaseTimeout, true), (nameof(IdleTimeout), IdleTimeout, true) })
            Check((value > TimeSpan.Zero && value.TotalMilliseconds <= int.MaxValue) || (endless && value == Timeout.InfiniteTimeSpan), name, value,
                "more than zero and at most 24 days" + (endless ? ", or Timeout.InfiniteTimeSpan" : ""));

        static void Check(bool holds, string option, object? value, string allowed)
        {
            if (!holds) throw new ArgumentOutOfRangeException(option, value, $"{nameof(TestDatabasesOptions)}.{option} can be {allowed}.");
        }
    }
}
