using System.Diagnostics;
using Agent.Models.Embeddings;
using Npgsql;

namespace Benchmarks.Agents;

/// <summary>A long past: many messages of one user with their vectors, loaded at once, and the exact answer to what is nearest.</summary>
sealed class StoredMemory(NpgsqlDataSource source, Guid user)
{
    const int OtherThreads = 100;
    static readonly DateTime Begin = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    static readonly HashedEmbeddingGenerator embeddings = new();

    /// <summary>Loads messages: so many into one long thread, the others into threads of a hundred.</summary>
    /// <returns>The long thread.</returns>
    public async Task<Guid> LoadAsync(int messages, int inLongThread, CancellationToken token)
    {
        var threads = Enumerable.Range(0, 1 + (messages - inLongThread + OtherThreads - 1) / OtherThreads).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var connection = await source.OpenConnectionAsync(token);
        await ExecuteAsync(connection, "create temp table loaded (n bigint, thread_id uuid, role text, content text, at timestamptz, embedding real[])", token);
        await using (var writer = await connection.BeginBinaryImportAsync("copy loaded from stdin (format binary)", token))
        {
            for (var i = 0; i < messages; i++)
            {
                var text = Conversation.Message(i);
                await writer.StartRowAsync(token);
                await writer.WriteAsync((long)i, token);
                await writer.WriteAsync(threads[i < inLongThread ? 0 : 1 + (i - inLongThread) / OtherThreads], token);
                await writer.WriteAsync(i % 2 == 0 ? "user" : "assistant", token);
                await writer.WriteAsync(text, token);
                await writer.WriteAsync(Begin.AddMinutes(i), token);
                await writer.WriteAsync(embeddings.Embed(text), token);
            }
            await writer.CompleteAsync(token);
        }
        // The index is built after, which takes a fraction of the time that as many inserts would.
        await ExecuteAsync(connection, $"""
            set maintenance_work_mem = '2GB';
            create temp table built as select pg_get_indexdef('agent.vectors_embedding'::regclass) as index;
            drop index agent.vectors_embedding;
            insert into agent.threads (id, user_id, last_message_at) select thread_id, '{user}', max(at) from loaded group by thread_id;
            insert into agent.messages (id, user_id, thread_id, role, content, created_at) select n + 1, '{user}', thread_id, role, content, at from loaded;
            select setval('agent.messages_id_seq', (select max(id) from agent.messages));
            insert into agent.vectors (user_id, message_id, thread_id, embedding, content, metadata, created_at, in_index)
                select '{user}', n + 1, thread_id, embedding::vector, content, jsonb_build_object('role', role), at, true from loaded;
            -- As if the summary had grown with the thread.
            insert into agent.thread_summaries (user_id, thread_id, summary, through_message_id, through_created_at)
                select '{user}', thread_id, 'A long conversation.', n + 1, at from loaded where n = {inLongThread} - 10;
            do $$ begin execute (select index from built); end $$;
            drop table loaded, built;
            """, token);
        await ExecuteAsync(connection, "vacuum analyze agent.messages, agent.vectors, agent.threads", token);
        return threads[0];
    }

    /// <summary>Which part of the four nearest messages, by a scan of all, <paramref name="found"/> has, and the milliseconds of the scan.
    /// As near as the fourth counts as one of the four.</summary>
    public async Task<(double Share, double Milliseconds)> CompareAsync(string question, long[] found, CancellationToken token)
    {
        await using var connection = await source.OpenConnectionAsync(token);
        await ExecuteAsync(connection, "set enable_indexscan = off", token);
        await using var command = new NpgsqlCommand("""
            with every as materialized (select message_id, embedding <=> $2::real[]::vector as distance from agent.vectors where user_id = $1),
                 fourth as (select distance from every order by distance offset 3 limit 1)
            select count(*) filter (where message_id = any ($3)) from every where distance <= (select distance from fourth) + 1e-9
            """, connection) { Parameters = { new() { Value = user }, new() { Value = embeddings.Embed(question) }, new() { Value = found } }, CommandTimeout = 120 };
        var begun = Stopwatch.GetTimestamp();
        var right = (long)(await command.ExecuteScalarAsync(token))!;
        return (Math.Min(right, 4) / 4.0, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(token);
    }
}
