using Npgsql;

namespace Postgres.Testing;

/// <summary>How <see cref="TestDatabases"/> makes, counts and checks its units.</summary>
public sealed record TestDatabasesOptions
{
    /// <summary>Makes the tables of a unit. The connection's search path is the unit, then the extensions.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task>? Migrate { get; init; }

    /// <summary>Fills a migrated unit with the rows that every test starts from.</summary>
    public Func<NpgsqlConnection, CancellationToken, Task>? Seed { get; init; }

    /// <summary>What a test gets to itself.</summary>
    public TestIsolation Isolation { get; init; } = TestIsolation.Schema;

    /// <summary>Leases that can be out at once.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Connections that a unit's data source opens at most.</summary>
    public int PoolSize { get; init; } = 10;

    /// <summary>How long a return waits for a lock before the unit counts as tainted.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(1);
}
