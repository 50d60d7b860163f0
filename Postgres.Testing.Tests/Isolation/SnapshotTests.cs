namespace Postgres.Testing.Tests.Isolation;

/// <summary>States that a test, or the template, can go back to.</summary>
public class SnapshotTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Schema = """
        create table users (id bigint generated always as identity primary key, name text, loud text generated always as (upper(name)) stored);
        create table posts (id int generated always as identity primary key, user_id bigint references users, body text);
        create table countries (code text primary key); create table untouched (x int);
        create table memory (id int, e vector(3)); create index on memory using hnsw (e vector_l2_ops);
        """;
    const string Seed = "insert into countries values ('nl'), ('at')";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_snapshot_brings_back_rows_and_sequences()
    {
        await using var databases = await engine.DatabasesAsync(Schema, null, Seed);
        var fresh = await UnitState.FreshAsync(databases);
        await using (var db = await databases.TakeAsync("snapshots"))
        {
            await db.ExecuteAsync("insert into users (name) values ('ann'), ('bob'); insert into posts (user_id) values (1); delete from countries where code = 'at'; insert into memory values (1, '[1,2,3]')");
            var onboarded = await UnitState.ReadAsync(db);
            await db.SnapshotAsync("onboarded", Token);
            await db.ExecuteAsync("delete from posts; update users set name = 'eve'; insert into users (name) values ('x'); insert into countries values ('ch'); insert into untouched values (1); delete from memory");
            await db.RestoreAsync("onboarded", Token);
            Assert.Equal(onboarded, await UnitState.ReadAsync(db));
            await db.ExecuteAsync("insert into users (name) values ('carl')");
            Assert.Equal(3L, await db.ScalarAsync<long>("select max(id) from users"));
            Assert.Null((await db.ReturnAsync()).TaintedBy);
        }
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(fresh, await UnitState.ReadAsync(next));
    }

    [Fact]
    public async Task A_snapshot_of_a_changed_schema_is_refused()
    {
        await using var databases = await engine.DatabasesAsync(Schema, null, Seed);
        await using var db = await databases.TakeAsync("ddl");
        await db.SnapshotAsync("before", Token);
        await db.ExecuteAsync("alter table users add x int");
        foreach (var call in new[] { () => db.SnapshotAsync("after", Token), () => db.RestoreAsync("before", Token) })
            Assert.Contains("ALTER TABLE", (await Assert.ThrowsAsync<PostgresTestingException>(call)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshots_asked_for_at_once_or_during_the_return_harm_nobody()
    {
        await using var databases = await engine.DatabasesAsync(Schema, null, Seed);
        for (var round = 0; round < 5; round++)
        {
            var db = await databases.TakeAsync("hasty");
            await db.ExecuteAsync("insert into users (name) select 'u' || i from generate_series(1, 500) i");
            await Task.WhenAll(db.SnapshotAsync("one", Token), db.SnapshotAsync("two", Token));
            var late = db.RestoreAsync("one", Token);
            Assert.Null((await db.ReturnAsync()).TaintedBy);
            if (await Record.ExceptionAsync(() => late) is { } refused) Assert.IsType<ObjectDisposedException>(refused);
            await using var next = await databases.TakeAsync("next");
            Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from users"));
        }
    }

    [Fact]
    public async Task Layers_can_be_gone_back_to_in_any_order()
    {
        await using var databases = await engine.DatabasesAsync(Schema, null, Seed);
        await using var db = await databases.TakeAsync("layers");
        List<string> states = [];
        for (var layer = 0; layer < 3; layer++)
        {
            await db.SnapshotAsync($"layer {layer}", Token);
            states.Add(await UnitState.ReadAsync(db));
            await db.ExecuteAsync($"insert into users (name) values ('u{layer}'); insert into countries values ('c{layer}')");
        }
        foreach (var layer in new[] { 1, 2, 0, 2, 1 })
        {
            await db.RestoreAsync($"layer {layer}", Token);
            Assert.Equal(states[layer], await UnitState.ReadAsync(db));
        }
    }

    [Fact]
    public async Task A_restore_touches_changed_tables_only()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        await using var db = await databases.TakeAsync("rows stay where they are");
        await db.ExecuteAsync("insert into users (name) values ('ann'); insert into posts (body) values ('x')");
        await db.SnapshotAsync("s", Token);
        var before = await db.ScalarAsync<string>("select ctid || ' ' || xmin from users");
        await db.ExecuteAsync("delete from posts");
        await db.RestoreAsync("s", Token);
        Assert.Equal(before, await db.ScalarAsync<string>("select ctid || ' ' || xmin from users"));
        Assert.Equal(1L, await db.ScalarAsync<long>("select count(*) from posts"));
    }

    [Fact]
    public async Task A_name_taken_again_means_the_later_state()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        await using var db = await databases.TakeAsync("again");
        await db.SnapshotAsync("s", Token);
        await db.ExecuteAsync("insert into untouched values (1)");
        await db.SnapshotAsync("s", Token);
        await db.ExecuteAsync("insert into untouched values (2)");
        await db.RestoreAsync("s", Token);
        Assert.Equal(1L, await db.ScalarAsync<long>("select count(*) from untouched"));
    }

    [Fact]
    public async Task Snapshots_end_with_their_lease()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        await using (var db = await databases.TakeAsync("first")) await db.SnapshotAsync("mine", Token);
        await using var next = await databases.TakeAsync("next");
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => next.RestoreAsync("mine", Token));
        Assert.Contains("no snapshot 'mine'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_in_the_way_of_a_restore_is_named_and_not_waited_for_forever()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, LockTimeout = TimeSpan.FromMilliseconds(100) });
        await using var db = await databases.TakeAsync("in the way");
        await db.ExecuteAsync("insert into users (name) values ('ann')");
        await db.SnapshotAsync("s", Token);
        await db.ExecuteAsync("insert into users (name) values ('bob')");
        await using var connection = await db.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(connection, "begin; update users set name = 'x'", Token);
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => db.RestoreAsync("s", Token));
        Assert.Contains("commit or roll it back", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_runs_once_and_is_there_in_every_lease_that_asks_for_it()
    {
        var runs = 0;
        await using var databases = await engine.DatabasesAsync(Schema, new()
        {
            Workers = 1,
            Scenarios = new Dictionary<string, Func<Npgsql.NpgsqlConnection, CancellationToken, Task>>
            {
                ["team"] = (connection, token) =>
                {
                    runs++;
                    return EngineServer.ExecuteAsync(connection, "insert into users (name) values ('ann'), ('bob'); insert into countries values ('ch')", token);
                },
            },
        }, Seed);
        var fresh = await UnitState.FreshAsync(databases);
        List<string> states = [];
        for (var round = 0; round < 3; round++)
        {
            await using (var db = await databases.TakeAsync("team", "team"))
            {
                states.Add(await UnitState.ReadAsync(db));
                await db.ExecuteAsync("delete from countries; insert into users (name) values ('x')");
            }
            await using var plain = await databases.TakeAsync("plain");
            Assert.Equal(fresh, await UnitState.ReadAsync(plain));
        }
        Assert.Equal(1, runs);
        Assert.Contains("ann", states[0], StringComparison.Ordinal);
        Assert.Single(states.Distinct());
        await Assert.ThrowsAsync<ArgumentException>(() => databases.TakeAsync("t", "no such scenario"));
    }

    [Theory]
    [InlineData(false, TestIsolation.Schema)]
    [InlineData(true, TestIsolation.Schema)]
    [InlineData(false, TestIsolation.Transaction)]
    public async Task What_a_scenario_brought_is_not_the_tests_doing(bool fires, TestIsolation isolation)
    {
        var schema = Schema + (fires ? "create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger t before insert on posts for each row execute function f(); alter table posts enable always trigger t;" : "");
        await using var databases = await engine.DatabasesAsync(schema, new()
        {
            Workers = 1,
            Isolation = isolation,
            Scenarios = new Dictionary<string, Func<Npgsql.NpgsqlConnection, CancellationToken, Task>>
            {
                ["team"] = (connection, token) => EngineServer.ExecuteAsync(connection,
                    "insert into users (name) values ('ann'), ('bob'); insert into posts (user_id) values (1), (1), (2); insert into countries values ('ch')", token),
            },
        }, Seed);
        for (var round = 0; round < 3; round++)
        {
            await using var db = await databases.TakeAsync("team", "team");
            Assert.Empty(await db.ChangesAsync(Token));
            await using var connection = isolation == TestIsolation.Transaction ? null : await db.DataSource.OpenConnectionAsync(Token);
            await EngineServer.ExecuteAsync(connection ?? db.Connection, "insert into users (name) values ('eve'); update posts set body = 'x'; delete from countries where code in ('ch', 'at'); insert into untouched values (1)", Token);
            if (connection is not null) await connection.CloseAsync();
            string[] changes = [.. (await db.ChangesAsync(Token)).Select(c => $"{c.Table.Split('"')[^2]} {c.Rows}").Order()];
            Assert.Equal(["countries -2", "posts 0", "untouched 1", "users 1"], changes);
            var report = await db.ReturnAsync();
            if (isolation == TestIsolation.Schema) Assert.Equal(changes, report.Changes.Select(c => $"{c.Table.Split('"')[^2]} {c.Rows}").Order());
            else Assert.All(report.Changes, change => Assert.Equal(0, change.Rows));
        }
    }
}
