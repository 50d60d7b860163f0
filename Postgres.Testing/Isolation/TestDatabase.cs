using Npgsql;

namespace Postgres.Testing;

/// <summary>A lease: the unit that one test has to itself until it disposes of it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    readonly TestDatabases databases;
    readonly Unit unit;
    Task<LeaseReport>? returned;

    internal TestDatabase(TestDatabases databases, Unit unit, string testName)
        => (this.databases, this.unit, TestName) = (databases, unit, testName);

    /// <summary>Name of the test that has the lease.</summary>
    public string TestName { get; }

    /// <summary>Npgsql connection string whose search path is the unit, then the extensions.</summary>
    public string ConnectionString => unit.DataSource.ConnectionString;

    /// <summary>The unit's own data source; it stays warm between leases and must not be disposed of.</summary>
    public NpgsqlDataSource DataSource => unit.DataSource;

    /// <summary>The unit's schema.</summary>
    public string SchemaName => unit.Name;

    /// <summary>Returns the unit, once, and says what was found.</summary>
    public Task<LeaseReport> ReturnAsync() => returned ??= databases.ReturnAsync(unit, TestName);

    /// <summary>Returns the unit.</summary>
    public async ValueTask DisposeAsync() => await ReturnAsync().ConfigureAwait(false);
}
