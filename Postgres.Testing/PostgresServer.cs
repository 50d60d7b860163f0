using Npgsql;

namespace Postgres.Testing;

/// <summary>A PostgreSQL server that tests may fill, reset and drop: where <see cref="TestDatabases"/> makes its units.</summary>
/// <remarks>Subclasses say where it comes from: <see cref="EmbeddedPostgres"/> starts one,
/// <see cref="ExistingPostgres"/> is given one.</remarks>
public abstract class PostgresServer : IAsyncDisposable
{
    /// <summary>The schema that holds the extensions (<c>vector</c>); it is on every unit's search path and never in a unit.</summary>
    public const string ExtensionSchema = "extensions";

    /// <summary>Npgsql connection string of the database in which units are made, as the role that owns them.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>What the server and the role can do, read once when the server was connected to.</summary>
    public abstract PostgresCapabilities Capabilities { get; }

    /// <summary>A test may have changed all units of the server, those of other <see cref="TestDatabases"/> among them: since when, by
    /// <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    internal event Action<long>? AllTainted;

    internal void TaintAll(long since) => AllTainted?.Invoke(since);

    /// <summary>How long a server may take to answer a new session before it counts as gone.</summary>
    protected static TimeSpan AnswerLimit { get; } = TimeSpan.FromSeconds(4);

    /// <summary>Says in one line why the server no longer serves; null when it does, however busy. For whoever lost a session
    /// without knowing why: it asks the server for a new one.</summary>
    public virtual async Task<string?> FindFailureAsync(CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, ApplicationName = UnitConnections.EngineName }.ConnectionString);
            await connection.OpenAsync(limit.Token).ConfigureAwait(false);
            return await FindFailureAsync(connection, limit.Token).ConfigureAwait(false);
        }
        catch (PostgresException exception)
        {
            return exception.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown ? exception.MessageText : null;
        }
        catch (NpgsqlException exception)
        {
            return ResourceLimits.IsOwn(exception) ? null : exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it did not answer a new session for {AnswerLimit.TotalSeconds:0} s";
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return null; // this process's own trouble: without descriptors it gets no socket, and loads no assembly
        }
    }

    /// <summary>The same of a server that has answered.</summary>
    private protected virtual Task<string?> FindFailureAsync(NpgsqlConnection session, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>Lets go of the server; one that this process started ends. Called a second time it does nothing.</summary>
    public abstract ValueTask DisposeAsync();
}
