using Npgsql;

namespace Agent.Database;

/// <summary>Statements that go to the server in one round trip and hold or fail together.</summary>
public sealed class UserBatch : IAsyncDisposable
{
    readonly UserConnection connection;
    readonly NpgsqlBatch batch;
    int preludes;
    bool sent;

    internal UserBatch(UserConnection connection, NpgsqlBatch batch) => (this.connection, this.batch) = (connection, batch);

    /// <summary>Adds a statement with positional parameters (<c>$1</c>, …); null is sent untyped, so cast it in the statement.</summary>
    public UserBatch Add(string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        batch.BatchCommands.Add(command);
        return this;
    }

    /// <summary>Adds a statement whose one row the caller never sees.</summary>
    internal UserBatch Prelude(string sql, params ReadOnlySpan<object?> values)
    {
        preludes++;
        return Add(sql, values);
    }

    /// <summary>Gives a batch that may have to wait for <paramref name="wait"/> that much more time than the usual.</summary>
    internal UserBatch Waiting(TimeSpan wait)
    {
        // 0 waits for ever.
        if (batch.Timeout > 0)
            batch.Timeout += (int)Math.Ceiling(wait.TotalSeconds);
        return this;
    }

    /// <summary>Executes all; the reader stands before the first row of the first statement that the caller added.</summary>
    public async Task<NpgsqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        var reader = await batch.ExecuteReaderAsync(cancellationToken);
        try
        {
            for (var i = 0; i < preludes; i++)
                await reader.NextResultAsync(cancellationToken);
            return reader;
        }
        catch
        {
            // Left open, it would keep the connection busy for whatever comes after the failure.
            await reader.DisposeAsync();
            throw;
        }
    }

    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    async Task BeginAsync(CancellationToken cancellationToken)
    {
        await connection.MendAsync(cancellationToken);
        sent = true;
    }

    /// <summary>Whoever used the reader has disposed of it by now: a statement that the server did not complete has failed or was cut off.</summary>
    public ValueTask DisposeAsync()
    {
        if (sent && batch.BatchCommands.OfType<NpgsqlBatchCommand>().Any(c => c.StatementType == StatementType.Unknown))
            connection.Doubt();
        return batch.DisposeAsync();
    }
}
