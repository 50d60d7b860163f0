using System.Data;
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
    bool isDoubtful;

    internal UserConnection(NpgsqlConnection connection, DatabaseCapabilities capabilities, (string Name, string Value) scope)
        => (this.connection, Capabilities, this.scope) = (connection, capabilities, scope);

    public DatabaseCapabilities Capabilities { get; }

    /// <summary>A new batch; nothing is sent before it is executed.</summary>
    public UserBatch CreateBatch()
    {
        var batch = new UserBatch(this, connection.CreateBatch());
        if (Capabilities.Role is { } role)
            batch.Prelude("select set_config('role', $1, true), set_config($2, $3, true)", role, scope.Name, scope.Value);
        else
            batch.Prelude("select set_config($1, $2, true)", scope.Name, scope.Value);
        return batch;
    }

    /// <summary>Begins a transaction for several batches.</summary>
    public async ValueTask<NpgsqlTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        await MendAsync(cancellationToken);
        return await connection.BeginTransactionAsync(cancellationToken);
    }

    /// <summary>Whether the server is gone, or has ended the session.</summary>
    public bool IsLost => connection.State != ConnectionState.Open;

    /// <summary>A lost connection is the database's failure, whatever went on when it was found.</summary>
    /// <exception cref="NpgsqlException">It is lost; transient, as an error of the network is.</exception>
    public void ThrowIfLost(Exception? cause = null)
    {
        if (IsLost)
            throw new NpgsqlException("The connection to the database was lost.", cause as NpgsqlException ?? (Exception)new IOException("The session has ended.", cause));
    }

    /// <summary>
    /// A batch failed. A statement that was just being prepared by itself may then be taken for prepared though nothing is known of its
    /// columns, and whoever executes it next on this session, in whatever request, fails.
    /// </summary>
    internal void Doubt() => isDoubtful = true;

    /// <summary>Forgets all statements of the session if one may be half prepared.</summary>
    internal async ValueTask MendAsync(CancellationToken cancellationToken)
    {
        ThrowIfLost();
        if (!isDoubtful)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        // There is no asynchronous one; it is a round trip, and rare.
        await Task.Run(connection.UnprepareAll, CancellationToken.None);
        isDoubtful = false;
    }

    /// <summary>Ends the session, and with it its locks, when the connection is disposed of; so do the pool's other sessions, each when it is returned.</summary>
    internal void Abandon() => NpgsqlConnection.ClearPool(connection);

    public async ValueTask DisposeAsync()
    {
        if (isDoubtful && !IsLost)
        {
            try
            {
                await MendAsync(CancellationToken.None);
            }
            catch (Exception e) when (e is NpgsqlException or InvalidOperationException or TimeoutException)
            {
                Abandon();
            }
        }
        await connection.DisposeAsync();
    }
}
