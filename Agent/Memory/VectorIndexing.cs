using Agent.Database;

namespace Agent.Memory;

/// <summary>
/// Puts vectors into the index when a user has got so many that reading them all would take longer than a search of the index. It happens
/// beside the turns, as it takes milliseconds for each vector. Nothing is lost when it does not happen: recall reads what is not indexed.
/// </summary>
public sealed partial class VectorIndexing(AgentOptions options, ILogger<VectorIndexing> logger) : IAsyncDisposable
{
    // Rows are moved in short transactions.
    const int BatchSize = 16;
    readonly CancellationTokenSource stopping = new();
    readonly SemaphoreSlim working = new(1);

    /// <summary>One turn in so many looks whether there are vectors to index: the count is not free.</summary>
    internal int OneTurnIn { get; init; } = 16;

    /// <summary>The work that the last suggestion began.</summary>
    internal Task Working { get; private set; } = Task.CompletedTask;

    /// <summary>Looks now and then whether the turn's user has many; the work itself does not make the turn wait.</summary>
    internal async Task SuggestAsync(AgentDatabase database, Turn turn, string vectorTable, CancellationToken cancellationToken)
    {
        if (Random.Shared.Next(OneTurnIn) != 0)
            return;
        var userId = turn.Request.UserId;
        try
        {
            if (IsMany(await CountAsync(turn.Connection, vectorTable, userId, cancellationToken), options.Memory.YoungVectors) && working.Wait(0, CancellationToken.None))
                Working = WorkAsync(database, vectorTable, userId);
        }
        catch (Exception e)
        {
            // The turn is stored, and its answer is not to fail for this.
            LogIndexingFailed(e);
        }
    }

    async Task WorkAsync(AgentDatabase database, string vectorTable, Guid userId)
    {
        try
        {
            await RunAsync(database, vectorTable, userId, options.Memory.YoungVectors, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Another turn will find as many.
        }
        catch (Exception e)
        {
            LogIndexingFailed(e);
        }
        finally
        {
            working.Release();
        }
    }

    /// <summary>Indexes the oldest vectors of a user who has many more than <paramref name="keep"/> outside of the index, until as many are left.</summary>
    /// <returns>How many were put into the index.</returns>
    public static async Task<int> RunAsync(AgentDatabase database, string vectorTable, Guid userId, int keep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        var table = Sql.Quote(vectorTable);
        await using var connection = await database.OpenAsync(userId, cancellationToken);
        var young = await CountAsync(connection, vectorTable, userId, cancellationToken);
        var indexed = 0;
        if (!IsMany(young, keep))
            return indexed;
        while (young - indexed > keep)
        {
            await using var batch = connection.CreateBatch().Add($"""
                with oldest as (
                    select message_id from {table} where user_id = $1 and not in_index order by message_id limit $2 for update skip locked),
                moved as (
                    update {table} set in_index = true where user_id = $1 and message_id in (select message_id from oldest) returning 1)
                select count(*)::int from moved
                """, userId, Math.Min(BatchSize, young - indexed - keep));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken) || reader.GetInt32(0) is not (> 0 and var moved))
                break;
            indexed += moved;
        }
        return indexed;
    }

    // Not one by one: a search of an index that has little of the user's finds less than it takes.
    static bool IsMany(int young, int keep) => young > keep + keep / 4;

    static async Task<int> CountAsync(UserConnection connection, string vectorTable, Guid userId, CancellationToken cancellationToken)
    {
        await using var batch = connection.CreateBatch().Add($"select count(*)::int from {Sql.Quote(vectorTable)} where user_id = $1 and not in_index", userId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetInt32(0) : 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await working.WaitAsync(CancellationToken.None);
        working.Dispose();
        stopping.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Vectors could not be put into the index; another turn will try again.")]
    partial void LogIndexingFailed(Exception exception);
}
