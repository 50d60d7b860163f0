namespace Postgres.Testing;

/// <summary>How many connections the units of one <see cref="TestDatabases"/> may have: each has a pool for its test, and sessions of
/// the engine's own. What the server lacks is found here rather than in some test.</summary>
readonly record struct ConnectionBudget
{
    const int MostPerPool = 10;
    readonly int available, own, units;

    /// <exception cref="PostgresTestingException">The options ask for more connections than the server has.</exception>
    public ConnectionBudget(PostgresServer server, TestDatabasesOptions options)
    {
        (units, own) = (options.Workers + options.Spares, options.Isolation == TestIsolation.Database ? 2 : 1);
        available = server.Capabilities.MaxConnections - options.ReservedConnections;
        PoolSize = options.PoolSize ?? Math.Min(MostPerPool, available / units - own);
        if (PoolSize >= 1 && units * (PoolSize + own) <= available) return;
        PoolSize = Math.Max(PoolSize, 1);
        throw new PostgresTestingException(
            $"{units} units (Workers {options.Workers} + Spares {options.Spares}) of {PoolSize} + {own} connections each and {options.ReservedConnections} reserved "
            + $"are {units * (PoolSize + own) + options.ReservedConnections} connections; the server has {server.Capabilities.MaxConnections}. "
            + "Lower TestDatabasesOptions.Workers or PoolSize, or raise max_connections (EmbeddedPostgresOptions.MaxConnections).");
    }

    /// <summary>Connections of a unit's data source at most.</summary>
    public int PoolSize { get; }

    /// <summary>Units that there may be beside so many kept ones, whose pools are empty.</summary>
    public int UnitsBeside(int kept) => Math.Clamp((available - kept * own) / (PoolSize + own), 1, units);
}
