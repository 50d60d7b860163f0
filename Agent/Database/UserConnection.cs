using Npgsql;

namespace Agent.Database;

/// <summary>
/// A connection that works for one user. Every batch is one round trip and one transaction, and begins by telling the
/// row-level security whom it works for; the settings end with the transaction, so that nothing is left in the pool.
/// </summary>
public sealed class UserConnection : IAsyncDisposable
{
    readonly NpgsqlConnection connection;
    readonly (string Name, string Value) scope;

    internal UserConnection(NpgsqlConnection connection, DatabaseCapabilities capabilities, (string Name, string Value) scope)
        => (this.connection, Capabilities, this.scope) = (connection, capabilities, scope);

    public DatabaseCapabilities Capabilities { get; }

    /// <summary>A new batch; nothing is sent before it is executed.</summary>
    public UserBatch CreateBatch()
    {
        var batch = new UserBatch(connection);
        if (Capabilities.Role is { } role)
            batch.Prelude("select set_config('role', $1, true), set_config($2, $3, true)", role, scope.Name, scope.Value);
        else
            batch.Prelude("select set_config($1, $2, true)", scope.Name, scope.Value);
        return batch;
    }

    /// <summary>Begins a transaction for several batches.</summary>
    public ValueTask<NpgsqlTransaction> BeginAsync(CancellationToken cancellationToken) => connection.BeginTransactionAsync(cancellationToken);

    /// <summary>Ends the session, and with it its locks, when the connection is disposed of; so do the pool's other sessions, each when it is returned.</summary>
    internal void Abandon() => NpgsqlConnection.ClearPool(connection);

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
