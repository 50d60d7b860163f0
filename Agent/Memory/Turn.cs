using Agent.Database;
using Npgsql;

namespace Agent.Memory;

/// <summary>
/// One turn's hold on its thread: while it is open, messages that other requests or replicas post to the thread wait for it. The hold is
/// a session-level advisory lock, so the server itself frees it when the process dies, and no transaction is open while the model thinks.
/// </summary>
public sealed class Turn : IAsyncDisposable
{
    readonly AgentDatabase database;
    readonly UserConnection connection;
    readonly string lockName;

    Turn(AgentDatabase database, UserConnection connection, TurnRequest request)
        // Named after the user too: who posts to another user's thread must not wait for it, and so learn that it is there and busy.
        => (this.database, this.connection, Request, lockName) = (database, connection, request, $"thread {database.Config.SchemaName} {request.UserId:N} {request.ThreadId:N}");

    public TurnRequest Request { get; }

    public UserConnection Connection => connection;

    /// <summary>What the turn begins with.</summary>
    public TurnState State { get; private set; } = null!;

    /// <summary>Waits for the thread, stores the person's message, and loads what the model needs to know.</summary>
    /// <exception cref="AgentException">No such thread, a key used twice, or the thread or the whole service stays busy.</exception>
    public static async Task<Turn> OpenAsync(AgentDatabase database, TurnRequest request, AgentOptions options, CancellationToken cancellationToken)
    {
        var connection = await database.TryOpenTurnAsync(request.UserId, TimeSpan.FromSeconds(options.Limits.ThreadWaitSeconds), cancellationToken)
            ?? throw new AgentException(StatusCodes.Status503ServiceUnavailable, "Too many turns",
                $"Everybody together has more turns under way than this service answers at once, for {options.Limits.ThreadWaitSeconds} s now. Try again.");
        var turn = new Turn(database, connection, request);
        try
        {
            turn.State = await TurnState.OpenAsync(turn.connection, request, turn.lockName, options, cancellationToken);
            return turn;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await turn.DisposeAsync();
            throw new AgentException(StatusCodes.Status409Conflict, "Thread is busy",
                $"An earlier message of this thread has been waiting for its answer for {options.Limits.ThreadWaitSeconds} s. Try again.", e);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            // Deleted, or its user was, between two statements.
            await turn.DisposeAsync();
            throw AgentException.ThreadNotFound(e);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await turn.DisposeAsync();
            throw TurnState.KeyReused(e);
        }
        catch
        {
            await turn.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stores the reply and everything that came of it, all or nothing.</summary>
    public Task CompleteAsync(TurnResult result, CancellationToken cancellationToken)
        => TurnWriter.WriteAsync(connection, Request, State, result, cancellationToken);

    /// <summary>Lets the next message of the thread go on.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Explicit, because a pooled connection keeps its session. Not cancellable: the client may be long gone.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await using var batch = connection.CreateBatch().Add("select pg_advisory_unlock(hashtextextended($1, 0))", lockName);
            await batch.ExecuteAsync(limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or InvalidOperationException)
        {
            // Most likely the connection is broken, and the lock went with it. If not, it must not go back to the pool with the lock.
            connection.Abandon();
        }
        finally
        {
            await connection.DisposeAsync();
            database.EndTurn();
        }
    }
}
