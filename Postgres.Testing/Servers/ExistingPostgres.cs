using Npgsql;

namespace Postgres.Testing;

/// <summary>A server that somebody else runs and that the caller has marked as disposable.</summary>
public sealed class ExistingPostgres : PostgresServer
{
    ExistingPostgres(string connectionString, PostgresCapabilities capabilities)
        => (ConnectionString, Capabilities) = (connectionString, capabilities);

    /// <inheritdoc/>
    public override string ConnectionString { get; }

    /// <inheritdoc/>
    public override PostgresCapabilities Capabilities { get; }

    /// <summary>Connects to <paramref name="connectionString"/>, whose database must be marked as disposable.</summary>
    public static async Task<ExistingPostgres> ConnectAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return new(connectionString, await PostgresCapabilities.ReadAsync(connection, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
