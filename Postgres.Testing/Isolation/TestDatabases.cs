using Npgsql;

namespace Postgres.Testing;

/// <summary>Leases clean units of one server to tests.</summary>
public sealed class TestDatabases : IAsyncDisposable
{
    readonly PostgresServer server;
    readonly TestDatabasesOptions options;
    int leases;

    TestDatabases(PostgresServer server, TestDatabasesOptions options) => (this.server, this.options) = (server, options);

    /// <summary>Prepares the units of <paramref name="server"/>.</summary>
    public static Task<TestDatabases> CreateAsync(PostgresServer server, TestDatabasesOptions options, CancellationToken cancellationToken = default)
        => Task.FromResult(new TestDatabases(server, options));

    /// <summary>Leases a clean unit; disposing of the lease returns it.</summary>
    /// <param name="testName">Name of the test, for <c>application_name</c> and for messages.</param>
    /// <param name="cancellationToken">Ends the wait for a unit.</param>
    public async Task<TestDatabase> LeaseAsync(string testName, CancellationToken cancellationToken = default)
    {
        var schema = $"test_{Environment.ProcessId}_{Interlocked.Increment(ref leases)}";
        var connectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            SearchPath = $"{schema},{PostgresServer.ExtensionSchema}",
        }.ConnectionString;
        var dataSource = NpgsqlDataSource.Create(connectionString);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (var command = new NpgsqlCommand($"create schema {schema}", connection))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        if (options.Migrate is { } migrate) await migrate(connection, cancellationToken).ConfigureAwait(false);
        if (options.Seed is { } seed) await seed(connection, cancellationToken).ConfigureAwait(false);
        return new(connectionString, dataSource, schema);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
