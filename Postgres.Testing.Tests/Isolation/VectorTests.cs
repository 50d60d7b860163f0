namespace Postgres.Testing.Tests.Isolation;

/// <summary>A vector index remembers dead rows; a recycled one must not.</summary>
public class VectorTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Schema = """
        create table memory (id bigint generated always as identity primary key, e vector(8));
        create index on memory using hnsw (e vector_l2_ops);
        """;

    const string Near = "insert into memory (e) select array(select random() from generate_series(1, 8) where i > 0)::vector from generate_series(1, 60) i";
    const string Far = "insert into memory (e) select array(select 5 + random() from generate_series(1, 8) where i > 0)::vector from generate_series(1, 50) i";
    const string TopTen = "select count(*) from (select id from memory order by e <-> '[0,0,0,0,0,0,0,0]' limit 10) t";

    static async Task<long> TopTenThroughIndexAsync(TestDatabase db)
    {
        await using var connection = await db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await EngineServer.ExecuteAsync(connection, "set enable_seqscan = off", TestContext.Current.CancellationToken);
        Assert.Contains(await connection.ListAsync("explain " + TopTen), line => line.Contains("memory_e_idx", StringComparison.Ordinal));
        return long.Parse((await connection.ListAsync(TopTen)).Single());
    }

    /// <summary>An IVFFlat index made on rows has their centres; one that was truncated has none, and finds little in one of many lists.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_recycled_ivfflat_index_finds_as_much_as_a_fresh_one(bool bySnapshot)
    {
        await using var databases = await engine.DatabasesAsync("create table clouds (id int primary key, e vector(16))", null, """
            insert into clouds select i, (select array_agg(('x' || substr(md5(c::text || ' ' || d), 1, 4))::bit(16)::int / 65536.0 - 0.5 + 0.3 * random() order by d) from generate_series(1, 16) d)::vector
            from (select i, i % 50 c from generate_series(1, 2500) i) rows;
            create index on clouds using ivfflat (e vector_cosine_ops) with (lists = 50);
            """);
        for (var round = 0; round < 3; round++)
        {
            await using var db = await databases.TakeAsync("recall");
            if (round > 0 && bySnapshot)
            {
                await db.SnapshotAsync("seeded", TestContext.Current.CancellationToken);
                await db.ExecuteAsync("delete from clouds where id > 100");
                await db.RestoreAsync("seeded", TestContext.Current.CancellationToken);
            }
            await using var connection = await db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await EngineServer.ExecuteAsync(connection, "set enable_seqscan = off; set ivfflat.probes = 1", TestContext.Current.CancellationToken);
            var found = 0L;
            for (var query = 1; query <= 40; query++)
                found += long.Parse((await connection.ListAsync($"""
                    with q as materialized (select e from clouds where id = {query})
                    select count(*) from (select id from clouds order by e <=> (select e from q) limit 10) a join (select id from clouds order by (e <=> (select e from q)) + 0 limit 10) b using (id)
                    """)).Single());
            Assert.True(found >= 340, $"{found} of 400 in round {round}");
            await db.ExecuteAsync("update clouds set e = e where id = 1");
        }
    }

    [Theory]
    [InlineData("delete from memory")]
    [InlineData("rollback")]
    public async Task Dead_vectors_hide_live_ones_within_a_lease(string end)
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        await using var db = await databases.TakeAsync("the problem itself");
        await db.ExecuteAsync(end == "rollback" ? $"begin; {Near}; rollback" : $"{Near}; {end}");
        await db.ExecuteAsync(Far);
        Assert.Equal(0, await TopTenThroughIndexAsync(db));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}; delete from memory")]
    [InlineData("begin; {0}; rollback")]
    [InlineData("begin; savepoint s; {0}; rollback to s; commit")]
    [InlineData("do $$ begin {0}; raise 'no'; exception when others then null; end $$")]
    public async Task Dead_vectors_of_one_lease_hide_nothing_in_the_next(string program)
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        for (var round = 0; round < 2; round++)
        {
            var db = await databases.TakeAsync("leaves dead vectors");
            await db.ExecuteAsync(program.Replace("{0}", Near, StringComparison.Ordinal));
            Assert.Null((await db.ReturnAsync()).TaintedBy);
            await using var next = await databases.TakeAsync("next");
            await next.ExecuteAsync(Far);
            Assert.Equal(10, await TopTenThroughIndexAsync(next));
        }
    }

    [Theory]
    [InlineData("delete from memory")]
    [InlineData("begin; {0}; rollback")]
    [InlineData("{0}")]
    public async Task A_seeded_vector_table_finds_its_seed_again(string program)
    {
        await using var databases = await engine.DatabasesAsync(Schema, null, Far);
        var db = await databases.TakeAsync("leaves dead vectors");
        await db.ExecuteAsync(program.Replace("{0}", Near, StringComparison.Ordinal));
        Assert.Null((await db.ReturnAsync()).TaintedBy);
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(50L, await next.ScalarAsync<long>("select count(*) from memory"));
        Assert.Equal(10, await TopTenThroughIndexAsync(next));
    }

    [Fact]
    public async Task A_rolled_back_transaction_lease_is_safe_for_vectors()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, Isolation = TestIsolation.Transaction });
        for (var round = 0; round < 2; round++)
        {
            await using (var db = await databases.TakeAsync("rolled back"))
                await EngineServer.ExecuteAsync(db.Connection, Near, TestContext.Current.CancellationToken);
            await using var next = await databases.TakeAsync("next");
            await EngineServer.ExecuteAsync(next.Connection, $"set local enable_seqscan = off; {Far}", TestContext.Current.CancellationToken);
            Assert.Equal("10", (await next.Connection.ListAsync(TopTen)).Single());
        }
    }

    [Fact]
    public async Task Vectors_of_a_table_that_others_refer_to_are_forgotten_too()
    {
        await using var databases = await engine.DatabasesAsync(Schema + "create table uses (id int, memory_id bigint references memory);");
        var db = await databases.TakeAsync("referenced");
        await db.ExecuteAsync($"{Near}; insert into uses select 1, min(id) from memory");
        Assert.Null((await db.ReturnAsync()).TaintedBy);
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from uses"));
        await next.ExecuteAsync(Far);
        Assert.Equal(10, await TopTenThroughIndexAsync(next));
    }

    [Fact]
    public async Task A_restored_snapshot_has_no_dead_vectors()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        await using var db = await databases.TakeAsync("snapshot");
        await db.ExecuteAsync(Far);
        await db.SnapshotAsync("far", TestContext.Current.CancellationToken);
        await db.ExecuteAsync($"begin; {Near}; rollback");
        await db.RestoreAsync("far", TestContext.Current.CancellationToken);
        Assert.Equal(10, await TopTenThroughIndexAsync(db));
    }
}
