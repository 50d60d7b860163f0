using Npgsql;

namespace Postgres.Testing;

/// <summary>Makes schema units in the server's database.</summary>
sealed class UnitFactory : IAsyncDisposable
{
    readonly PostgresServer server;
    readonly TestDatabasesOptions options;
    readonly NpgsqlDataSource controls;
    readonly string prefix = $"test_{Guid.NewGuid().ToString("N")[..8]}";
    int made;

    UnitFactory(PostgresServer server, TestDatabasesOptions options)
    {
        (this.server, this.options) = (server, options);
        var builder = new NpgsqlDataSourceBuilder(server.ConnectionString);
        builder.ConnectionStringBuilder.Pooling = false;
        builder.ConnectionStringBuilder.ApplicationName = "postgres_testing";
        builder.ConnectionStringBuilder.Options =
            $"-c postgres_testing.engine=on -c session_replication_role=replica -c lock_timeout={(int)options.LockTimeout.TotalMilliseconds}";
        controls = builder.Build();
    }

    public static async Task<UnitFactory> CreateAsync(PostgresServer server, TestDatabasesOptions options, CancellationToken cancellationToken)
    {
        var factory = new UnitFactory(server, options);
        await using var connection = await factory.controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        // One process installs at a time: "if not exists" alone does not keep two from colliding.
        await using var command = new NpgsqlCommand($"select pg_advisory_xact_lock(hashtext('postgres_testing')); {SqlText.Load("install")}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return factory;
    }

    public async Task<Unit> MakeAsync(CancellationToken cancellationToken)
    {
        var name = $"{prefix}_{Interlocked.Increment(ref made)}";
        var control = await controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(control, $"create schema {SqlText.Identifier(name)}", cancellationToken).ConfigureAwait(false);
        await MigrateAsync(name, cancellationToken).ConfigureAwait(false);
        var catalogue = await Catalogue.ReadAsync(control, [name], cancellationToken).ConfigureAwait(false);
        var function = new ResetFunction(name, [name], catalogue);
        await ExecuteAsync(control, function.Preparation() + function.Definition(), cancellationToken).ConfigureAwait(false);
        var dataSource = NpgsqlDataSource.Create(ConnectionString(name));
        await (await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        return new(name, dataSource, control, function, catalogue);
    }

    async Task MigrateAsync(string name, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString(name)) { Pooling = false };
        builder.Options += " -c postgres_testing.engine=on";
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (options.Migrate is { } migrate) await migrate(connection, cancellationToken).ConfigureAwait(false);
        if (options.Seed is { } seed) await seed(connection, cancellationToken).ConfigureAwait(false);
    }

    string ConnectionString(string unit) => new NpgsqlConnectionStringBuilder(server.ConnectionString)
    {
        SearchPath = $"{unit},{PostgresServer.ExtensionSchema}",
        ApplicationName = unit,
        MaxPoolSize = options.PoolSize,
        Options = $"-c postgres_testing.unit={unit}",
    }.ConnectionString;

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => controls.DisposeAsync();
}
