using Agent.Memory;
using Agent.Tests.Hosting;
using Npgsql;

namespace Agent.Tests.Memory;

public class RecallPlanTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    /// <summary>Messages with random vectors: many of one user, a few of another.</summary>
    async Task<(Guid Many, Guid Few)> FillAsync()
    {
        var (many, manyThread) = await MakeThreadAsync("many@example.org");
        var (few, fewThread) = await MakeThreadAsync("few@example.org");
        await using (var function = Db.DataSource.CreateCommand("""
            create function random_vector(seed bigint) returns vector language sql volatile as
            'select array_agg(random() - 0.5)::vector from generate_series(1, 1536) where $1 is not null';
            drop index vectors_embedding
            """))
            await function.ExecuteNonQueryAsync(Cancellation);
        await using var command = Db.DataSource.CreateCommand("""
            with said as (
                insert into messages (user_id, thread_id, role, content)
                select case when i % 400 = 0 then $3 else $1 end, case when i % 400 = 0 then $4 else $2 end, 'user', 'message ' || i
                from generate_series(1, 2000) i returning *)
            insert into vectors (user_id, message_id, thread_id, embedding, content, created_at, in_index)
            select user_id, id, thread_id, random_vector(id), content, created_at, true from said
            """);
        foreach (var value in new object[] { many, manyThread, few, fewThread })
            command.Parameters.Add(new() { Value = value });
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync(Cancellation);
        await using var analyze = Db.DataSource.CreateCommand("""
            -- Built at once, which takes a third of the time that the inserts would.
            create index vectors_embedding on vectors using hnsw (embedding vector_cosine_ops) with (ef_construction = 200) where in_index;
            analyze messages; analyze vectors
            """);
        analyze.CommandTimeout = 120;
        await analyze.ExecuteNonQueryAsync(Cancellation);
        return (many, few);
    }

    static float[] Random(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 1536).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    Task<string> ExplainAsync(Guid user, bool withNeighbours, string explain = "explain")
        => ExplainAsync(user, explain, sequentialScans: true, SemanticRecall.Statement(VectorTables.First, inThread: false, withNeighbours),
            [user, Random(1), Array.Empty<long>(), 4, 2.0, .. withNeighbours ? new object?[] { 1 } : []]);

    async Task<string> ExplainAsync(Guid user, string explain, bool sequentialScans, string statement, params object?[] values)
    {
        await using var connection = await Database.OpenAsync(user, Cancellation);
        await using var batch = connection.CreateBatch()
            .Prelude("select set_config('enable_seqscan', $1, true)", sequentialScans ? "on" : "off").Add($"{explain} {statement}", values);
        await using var reader = await batch.ExecuteReaderAsync(Cancellation);
        var plan = new List<string>();
        while (await reader.ReadAsync(Cancellation))
            plan.Add(reader.GetString(0));
        return string.Join('\n', plan);
    }

    [Fact]
    public async Task The_vector_index_serves_the_ordering_and_the_filter_does_not_starve_it()
    {
        var (many, few) = await FillAsync();
        var plan = await ExplainAsync(many, withNeighbours: false);
        Assert.Contains($"Index Scan using {(TestScale.Partitions == 0 ? "vectors_embedding" : "vectors_p")}", plan);
        Assert.Contains("Order By: (embedding <=>", plan);

        // Neighbours come by key range, never by a scan of the thread.
        var withNeighbours = await ExplainAsync(many, withNeighbours: true);
        Assert.Contains(TestScale.Partitions == 0 ? "messages_in_order" : "_user_id_thread_id_created_at_id_idx", withNeighbours);
        Assert.DoesNotContain("Seq Scan on messages", withNeighbours);

        // Who has nothing in the index does not search it, to its end and in vain.
        var (nobody, _) = await MakeThreadAsync("nobody@example.org");
        var ended = (await ExplainAsync(nobody, withNeighbours: false, "explain (analyze, timing off)")).Split('\n');
        Assert.All(ended.Where(line => line.Contains("Order By: (embedding", StringComparison.Ordinal)),
            line => Assert.Contains("never executed", ended[Array.IndexOf(ended, line) - 1]));

        // Five rows of two thousand belong to the user: through the index all of them are found.
        await using var connection = await Database.OpenAsync(few, Cancellation);
        await using var batch = connection.CreateBatch()
            .Prelude("select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)");
        Assert.Equal(5L, await ScalarAsync<long>("select count(*) from vectors where user_id = $1", few));
        var found = await SemanticRecall.FindAsync(connection, VectorTables.First, new(few, Random(2), 5), Cancellation);
        Assert.Equal(5, found.Count);
    }

    [Fact]
    public async Task A_user_whom_the_statistics_do_not_know_is_read_by_key_range_too()
    {
        // So many that the index in the order of the threads has a level more than the primary key, which then looks the cheaper one for a single row.
        foreach (var name in (string[])["one", "two"]) await TalkAsync(name, messagesPerThread: 1000);
        await using (var analyze = Db.DataSource.CreateCommand("analyze messages; analyze vectors"))
            await analyze.ExecuteNonQueryAsync(Cancellation);
        var newcomer = await TalkAsync("newcomer", messagesPerThread: 20);

        await using var connection = await Database.OpenAsync(newcomer, Cancellation);
        await using var batch = SemanticRecall.Prepare(connection, VectorTables.First, new(newcomer, Random(1), 4, MessageRange: 1))
            .Add("select sum(idx_tup_fetch) from pg_stat_xact_user_tables where relname like 'messages%'");
        await using var reader = await batch.ExecuteReaderAsync(Cancellation);
        await reader.NextResultAsync(Cancellation);
        await reader.ReadAsync(Cancellation);
        // Four hits with a neighbour on each side: three rows each, and not the 400 of the user for each of them.
        Assert.InRange(reader.GetDecimal(0), 4, 40);

        async Task<Guid> TalkAsync(string name, int messagesPerThread)
        {
            var (user, thread) = await MakeThreadAsync($"{name}@example.org");
            // In a session of its own: until the server has flushed them, counts of earlier transactions are among those of the current one.
            await using var source = NpgsqlDataSource.Create($"{Db.ConnectionString};Pooling=false");
            await using var command = source.CreateCommand("""
                with begun as (insert into threads (id, user_id) select gen_random_uuid(), $1 from generate_series(1, 19) returning id),
                said as (
                    insert into messages (user_id, thread_id, role, content)
                    select $1, id, 'user', 'message ' || i from (select id from begun union all select $2) thread, generate_series(1, $3) i returning *)
                insert into vectors (user_id, message_id, thread_id, embedding, content, created_at)
                select user_id, id, thread_id, array_fill(1::real, array[1536])::vector, content, created_at from said limit 400
                """);
            foreach (var value in (object[])[user, thread, messagesPerThread]) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync(Cancellation);
            return user;
        }
    }

    [Fact]
    public void Similarity_is_never_what_is_ordered_by()
    {
        var statement = SemanticRecall.Statement(VectorTables.First, inThread: true, withNeighbours: true);
        Assert.Contains("with query as materialized (select $2::real[]::vector as embedding)", statement);
        Assert.Contains("order by v.embedding <=> (select embedding from query)", statement);
        Assert.DoesNotContain("order by 1 -", statement);
    }

    [Fact]
    public async Task The_running_summary_reads_only_what_is_younger_however_long_the_thread_is()
    {
        var (user, thread) = await MakeThreadAsync("long@example.org");
        await using (var fill = Db.DataSource.CreateCommand("""
            with said as (
                insert into messages (user_id, thread_id, role, content, created_at)
                select $1, $2, 'user', 'message ' || i, timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 3000) i returning id, created_at)
            insert into thread_summaries (user_id, thread_id, summary, through_message_id, through_created_at)
            select $1, $2, 'long', id, created_at from said order by id desc offset 10 limit 1
            """))
        {
            fill.Parameters.Add(new() { Value = user });
            fill.Parameters.Add(new() { Value = thread });
            await fill.ExecuteNonQueryAsync(Cancellation);
        }
        await using (var analyze = Db.DataSource.CreateCommand("analyze messages; analyze thread_summaries"))
            await analyze.ExecuteNonQueryAsync(Cancellation);

        foreach (var plan in new[]
        {
            await ExplainAsync(user, "explain", sequentialScans: false, ThreadSummary.CountStatement, user, thread, 20),
            await ExplainAsync(user, "explain", sequentialScans: false, ThreadSummary.ReadStatement, user, thread, DateTime.UtcNow, long.MaxValue),
        })
            Assert.Contains(plan.Split('\n'), line => line.Contains("Index Cond", StringComparison.Ordinal) && line.Contains("ROW(created_at, id) > ROW(", StringComparison.Ordinal));
    }
}
