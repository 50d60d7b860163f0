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
    AgentException? refusal;

    /// <summary>Messages that the model refused, one by one (a content filter does that): they stay without a vector.</summary>
    public long Refused { get; private set; }

    /// <param name="progress">Messages done and messages to do.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <returns>How many vectors were made.</returns>
    /// <exception cref="AgentException">The model failed, or refused all there was.</exception>
    public async Task<long> RunAsync(IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken = default)
    {
        string vectorTable;
        await using (var connection = await database.DataSource.OpenConnectionAsync(cancellationToken))
            vectorTable = await VectorTables.EnsureAsync(connection, database.Config, model, cancellationToken);
        var table = Sql.Quote(vectorTable);

        var users = await UsersAsync(cancellationToken);
        long total = 0, done = 0;
        var isBegun = false;
        foreach (var user in users)
        {
            var (missing, hasVectors) = await CountAsync(user, table, cancellationToken);
            total += missing;
            isBegun |= hasVectors;
        }
        progress?.Report((0, total));
        foreach (var user in users)
        {
            var last = 0L;
            while (await ReadBatchAsync(user, table, last, cancellationToken) is { Count: > 0 } messages)
            {
                last = messages[^1].Id;
                done += await EmbedAsync(user, table, messages, cancellationToken);
                // What it takes of nobody is most likely not the messages' fault. A run that goes on may begin with what an earlier one left out.
                if (done == 0 && !isBegun)
                    throw refusal!;
                progress?.Report((done, Math.Max(total, done)));
            }
        }
        if (done == 0 && refusal is not null)
            throw refusal;
        await using (var connection = await database.DataSource.OpenConnectionAsync(cancellationToken))
            await VectorTables.CompleteAsync(connection, model, cancellationToken);
        // Found they are without the index, too.
        foreach (var user in users)
            await VectorIndexing.RunAsync(database, vectorTable, user, options.Memory.YoungVectors, cancellationToken);
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

    async Task<(long Missing, bool HasVectors)> CountAsync(Guid userId, string table, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add($"select (select count(*) {Missing(table)}), exists (select from {table} where user_id = $1)", userId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetBoolean(1));
    }

    async Task<List<(long Id, string Text)>> ReadBatchAsync(Guid userId, string table, long after, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add($"select m.id, m.content {Missing(table)} and m.id > $2 order by m.id limit $3", userId, after, BatchSize);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var messages = new List<(long Id, string Text)>();
        while (await reader.ReadAsync(cancellationToken))
            messages.Add((reader.GetInt64(0), reader.GetString(1)));
        return messages;
    }

    /// <summary>What is refused together is tried by halves: one message may be at fault, or there is too much of them.</summary>
    async Task<int> EmbedAsync(Guid userId, string table, List<(long Id, string Text)> messages, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteBatchAsync(userId, table, messages, cancellationToken);
        }
        catch (AgentException e) when (e.IsRefusal)
        {
            refusal = e;
        }
        if (messages.Count == 1)
        {
            Refused++;
            return 0;
        }
        var half = messages.Count / 2;
        return await EmbedAsync(userId, table, messages[..half], cancellationToken) + await EmbedAsync(userId, table, messages[half..], cancellationToken);
    }

    async Task<int> WriteBatchAsync(Guid userId, string table, List<(long Id, string Text)> messages, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(userId, cancellationToken);
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
