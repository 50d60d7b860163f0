using Npgsql;

namespace Postgres.Testing;

/// <summary>A server that somebody else runs, with a database that is marked as disposable.</summary>
public sealed class ExistingPostgres : PostgresServer
{
    const string Example = "'Host=localhost;Username=postgres;Password=…;Database=tests'";

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
    /// <exception cref="PostgresTestingException">The caller does not call the server disposable, its database has no mark, or it cannot be reached.</exception>
    public static async Task<ExistingPostgres> ConnectAsync(string connectionString, ExistingPostgresOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        ArgumentNullException.ThrowIfNull(options);
        var builder = Parse(connectionString);
        if (!options.Disposable)
            throw new PostgresTestingException($"Tests empty and drop what they find in {Describe(builder)}. If nothing there will be missed, say so: new ExistingPostgresOptions {{ Disposable = true }}.");
        await using var connection = await OpenAsync(builder, cancellationToken).ConfigureAwait(false);
        await ThrowUnlessMarkedAsync(connection, cancellationToken).ConfigureAwait(false);
        return new(builder.ConnectionString, await PostgresCapabilities.ReadAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Keeps everything that empties or drops from a database that nobody marked.</summary>
    internal static async Task ThrowUnlessMarkedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select to_regclass('postgres_testing.disposable') is not null", connection);
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true) return;
        throw new PostgresTestingException($"{Describe(new(connection.ConnectionString))} has no mark that says it is disposable, and tests empty and drop what they find. "
            + "If nothing there will be missed, mark it once: ExistingPostgres.MarkDisposableAsync(connectionString), "
            + "or in SQL: create schema postgres_testing create table disposable (since timestamptz default now());");
    }

    /// <summary>Marks a database as one that tests may do anything to. A deliberate act of its own: call it where the server is made,
    /// not where tests run.</summary>
    /// <exception cref="PostgresTestingException">The database cannot be reached.</exception>
    public static async Task MarkDisposableAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        await using var connection = await OpenAsync(Parse(connectionString), cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("""
            select pg_advisory_xact_lock(hashtextextended('postgres_testing.disposable', 0)); -- "if not exists" does not keep two from colliding
            create schema if not exists postgres_testing;
            create table if not exists postgres_testing.disposable (since timestamptz default now());
            """, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Leaves the server as it is.</summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            ArgumentException.ThrowIfNullOrEmpty(builder.Host);
            // The engine's own sessions are not pooled, without which Npgsql does not multiplex.
            if (builder.Multiplexing) builder.Multiplexing = false;
            return builder;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Npgsql's own message may repeat a part of the string, and with it the password.
            throw new PostgresTestingException($"The connection string of ExistingPostgres or {PostgresTestingEnvironment.Server} is not one that Npgsql understands; it looks like {Example}.");
        }
    }

    static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder builder, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = new(builder.ConnectionString);
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            throw new PostgresTestingException($"A session with {Describe(builder)} cannot be had: {e.Message.TrimEnd('.')}{(e.InnerException is { } inner ? $" ({inner.Message})" : "")}. "
                + $"Start the server, or correct the connection string of ExistingPostgres or {PostgresTestingEnvironment.Server}; it looks like {Example}.", e);
        }
    }

    static string Describe(NpgsqlConnectionStringBuilder builder) => $"the database '{builder.Database ?? builder.Username}' of {builder.Host}:{builder.Port}";
}
