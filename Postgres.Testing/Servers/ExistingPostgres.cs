using Npgsql;

namespace Postgres.Testing;

/// <summary>A server that somebody else runs, with a database that is marked as disposable.</summary>
public sealed class ExistingPostgres : PostgresServer
{
    ExistingPostgres(string connectionString, PostgresCapabilities capabilities)
        => (ConnectionString, Capabilities) = (connectionString, capabilities);

    /// <inheritdoc/>
    public override string ConnectionString { get; }

    /// <inheritdoc/>
    public override PostgresCapabilities Capabilities { get; }

    /// <summary>Connects to a database for tests.</summary>
    /// <param name="connectionString">Npgsql connection string; its role owns the database or is a superuser.</param>
    /// <param name="options">Has to say <see cref="ExistingPostgresOptions.Disposable"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="PostgresTestingException">The caller does not call the server disposable, or its database has no mark.</exception>
    public static async Task<ExistingPostgres> ConnectAsync(string connectionString, ExistingPostgresOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        ArgumentNullException.ThrowIfNull(options);
        var database = Describe(connectionString);
        if (!options.Disposable)
            throw new PostgresTestingException($"Tests empty and drop what they find in {database}. If nothing there will be missed, say so: new ExistingPostgresOptions {{ Disposable = true }}.");
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await ThrowUnlessMarkedAsync(connection, cancellationToken).ConfigureAwait(false);
        return new(connectionString, await PostgresCapabilities.ReadAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Keeps everything that empties or drops from a database that nobody marked.</summary>
    internal static async Task ThrowUnlessMarkedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select to_regclass('postgres_testing.disposable') is not null", connection);
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true) return;
        throw new PostgresTestingException($"{Describe(connection.ConnectionString)} has no mark that says it is disposable, and tests empty and drop what they find. "
            + "If nothing there will be missed, mark it once: ExistingPostgres.MarkDisposableAsync(connectionString), "
            + "or in SQL: create schema postgres_testing create table disposable (since timestamptz default now());");
    }

    /// <summary>Marks a database as one that tests may do anything to. A deliberate act of its own: call it where the server is made,
    /// not where tests run.</summary>
    public static async Task MarkDisposableAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("""
            select pg_advisory_xact_lock(hashtextextended('postgres_testing.disposable', 0)); -- "if not exists" does not keep two from colliding
            create schema if not exists postgres_testing;
            create table if not exists postgres_testing.disposable (since timestamptz default now());
            """, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Leaves the server as it is.</summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    static string Describe(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        return $"the database '{builder.Database ?? builder.Username}' of {builder.Host}:{builder.Port}";
    }
}
