using Npgsql;

namespace Postgres.Testing;

/// <summary>A lease: the unit that one test has to itself until it disposes of it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    internal TestDatabase(string connectionString, NpgsqlDataSource dataSource, string schemaName)
        => (ConnectionString, DataSource, SchemaName) = (connectionString, dataSource, schemaName);

    /// <summary>Npgsql connection string whose search path is the unit, then the extensions.</summary>
    public string ConnectionString { get; }

    /// <summary>The unit's own data source; it belongs to the lease and must not be disposed of.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The unit's schema.</summary>
    public string SchemaName { get; }

    /// <summary>Returns the unit.</summary>
    public async ValueTask DisposeAsync()
    {
        await using (var command = DataSource.CreateCommand($"drop schema if exists {SchemaName} cascade"))
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        await DataSource.DisposeAsync().ConfigureAwait(false);
    }
}
