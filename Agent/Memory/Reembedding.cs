using Agent.Database;
using Agent.Models;

namespace Agent.Memory;

/// <summary>
/// Makes the vectors that are missing for the configured model: all of them after a change of model, or the few that a failing model
/// left out. What is missing is asked of the database, so a run that was stopped goes on where it was.
/// </summary>
public sealed class Reembedding(AgentDatabase database, EmbeddingService embeddings, ModelInfo model, AgentOptions options)
{
    const int BatchSize = 64;

    /// <param name="progress">Messages done and messages to do.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>How many vectors were made.</returns>
    public async Task<long> RunAsync(IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken = default)
    {
        string vectorTable;
        await using (var connection = await database.DataSource.OpenConnectionAsync(cancellationToken))
            vectorTable = await VectorTables.EnsureAsync(connection, database.Config, model, cancellationToken);
        var table = Sql.Quote(vectorTable);

        var users = await UsersAsync(cancellationToken);
        long total = 0, done = 0;
        foreach (var user in users)
            total += await CountAsync(user, table, cancellationToken);
        progress?.Report((0, total));
        foreach (var user in users)
        {
            while (await EmbedBatchAsync(user, table, cancellationToken) is > 0 and var made)
            {
                done += made;
                progress?.Report((done, Math.Max(total, done)));
            }
            await VectorIndexing.RunAsync(database, vectorTable, user, options.Memory.YoungVectors, cancellationToken);
        }
        return done;
    }

    async Task<List<Guid>> UsersAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAnonymousAsync("agent.maintenance", "on", cancellationToken);
        await using var batch = connection.CreateBatch().Add("select id from users order by id");
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var users = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            users.Add(reader.GetGuid(0));
        return users;
    }

    async Task<long> CountAsync(Guid userId, string table, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add($"select count(*) {Missing(table)}", userId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetInt64(0);
    }

    async Task<int> EmbedBatchAsync(Guid userId, string table, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(userId, cancellationToken);
        var messages = new List<(long Id, string Text)>();
        await using (var batch = connection.CreateBatch().Add($"select m.id, m.content {Missing(table)} order by m.id limit $2", userId, BatchSize))
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                messages.Add((reader.GetInt64(0), reader.GetString(1)));
        }
        if (messages.Count == 0)
            return 0;
        var vectors = await embeddings.EmbedAsync(connection, userId, [.. messages.Select(m => m.Text)], cancellationToken);
        await using var write = connection.CreateBatch();
        for (var i = 0; i < messages.Count; i++)
        {
            // The message may have been deleted meanwhile: then there is nothing to insert.
            write.Add($"""
                insert into {table} (user_id, message_id, thread_id, embedding, content, metadata, created_at)
                select user_id, id, thread_id, $3::real[]::vector, content, jsonb_build_object('role', role), created_at
                from messages where user_id = $1 and id = $2 on conflict do nothing
                """, userId, messages[i].Id, vectors[i]);
        }
        await write.ExecuteAsync(cancellationToken);
        return messages.Count;
    }

    static string Missing(string table)
        => $"from messages m where m.user_id = $1 and not exists (select from {table} v where v.user_id = m.user_id and v.message_id = m.id)";
}
