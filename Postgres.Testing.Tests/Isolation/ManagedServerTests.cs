namespace Postgres.Testing.Tests.Isolation;

/// <summary>A role that owns its database and nothing else, as on a managed server: no event triggers, no replica role.</summary>
public class ManagedServerTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Schema = """
        create table users (id bigint generated always as identity primary key, name text unique);
        create table posts (id bigint generated always as identity primary key, user_id bigint not null references users on delete restrict);
        create table self (id int primary key, parent int references self);
        create table a (id int primary key, b int); create table b (id int primary key, a int references a deferrable initially deferred);
        alter table a add foreign key (b) references b deferrable initially deferred;
        create table log (what text); create function note() returns trigger language plpgsql as $$ begin insert into log values (tg_op); return old; end $$;
        create materialized view totals as select count(*) from users; create unique index on totals (count);
        create table kept (id int primary key, name text); create table keeper (kept_id int references kept on delete cascade);
        create table stamped (x int, at timestamptz); create function stamp() returns trigger language plpgsql as $$ begin new.at := clock_timestamp(); return new; end $$;
        create trigger stamping before insert on stamped for each row execute function stamp();
        create table noted (x int); create trigger noting after delete on noted for each row execute function note();
        create table hidden (x int); alter table hidden enable row level security; alter table hidden force row level security; create policy p on hidden using (x > 0) with check (true);
        create type mood as enum ('ok'); create function weight(mood) returns int language sql immutable return 1;
        create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0'); create sequence counter; create type entry as (what text);
        create table countries (code text primary key); create table cities (name text, country text references countries);
        create table memory (e extensions.vector(3)); create index on memory using hnsw (e extensions.vector_l2_ops);
        """;
    const string Seed = "insert into countries values ('nl'), ('at'); insert into cities values ('Delft', 'nl')";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    async Task<TestDatabases> ManagedAsync(TestDatabasesOptions? options = null)
    {
        var server = await ManagedServer.MakeAsync(engine.Server, Token);
        return await TestDatabases.CreateAsync(server, (options ?? new() { Workers = 1 }) with
        {
            Migrate = (connection, token) => EngineServer.ExecuteAsync(connection, Schema, token),
            Seed = (connection, token) => EngineServer.ExecuteAsync(connection, Seed, token),
        }, Token);
    }

    [Fact]
    public async Task The_connection_limits_of_a_role_and_of_a_database_are_the_servers()
    {
        var server = await ManagedServer.MakeAsync(engine.Server, Token);
        Assert.Equal(97, server.Capabilities.MaxConnections);
        await using var admin = new Npgsql.NpgsqlConnection(engine.Server.ConnectionString);
        await admin.OpenAsync(Token);
        await EngineServer.ExecuteAsync(admin, $"alter database {Part(server, "Database")} connection limit 40", Token);
        Assert.Equal(40, await ReadAsync());
        await EngineServer.ExecuteAsync(admin, $"alter role {Part(server, "Username")} connection limit 20", Token);
        Assert.Equal(20, await ReadAsync());

        async Task<int> ReadAsync()
        {
            await using var connection = new Npgsql.NpgsqlConnection(server.ConnectionString);
            await connection.OpenAsync(Token);
            return (await PostgresCapabilities.ReadAsync(connection, Token)).MaxConnections;
        }

        static object Part(PostgresServer server, string key) => new Npgsql.NpgsqlConnectionStringBuilder(server.ConnectionString)[key];
    }

    [Theory]
    [InlineData("insert into users (name) values ('a'), ('b'); insert into posts (user_id) select id from users")]
    [InlineData("insert into self values (1, null), (2, 1)")]
    [InlineData("begin; insert into a values (1, 1); insert into b values (1, 1); commit")]
    [InlineData("insert into noted values (1)")]
    [InlineData("insert into hidden values (1)")]
    [InlineData("delete from cities; delete from countries where code = 'nl'")]
    [InlineData("begin; insert into memory values ('[1,2,3]'); rollback")]
    [InlineData("insert into users (name) select 'n' || i from generate_series(1, 3000) i")]
    [InlineData("insert into users (name) values ('a'); analyze users; truncate users restart identity cascade")]
    [InlineData("vacuum (full, analyze) users")]
    public async Task A_test_leaves_no_trace(string sql)
    {
        await using var databases = await ManagedAsync();
        var fresh = await UnitState.FreshAsync(databases);
        for (var round = 0; round < 2; round++)
        {
            var db = await databases.TakeAsync("managed");
            await db.ExecuteAsync(sql);
            Assert.Null((await db.ReturnAsync()).TaintedBy);
            await using var next = await databases.TakeAsync("next");
            Assert.Equal(db.Unit, next.Unit);
            Assert.Equal(fresh, await UnitState.ReadAsync(next));
        }
    }

    [Theory]
    [InlineData("alter table users add extra int")]
    [InlineData("create table later (x int)")]
    [InlineData("drop table posts")]
    [InlineData("create or replace function note() returns trigger language plpgsql as 'begin return new; end'")]
    [InlineData("comment on column users.name is 'x'")]
    [InlineData("grant select on users to public")]
    [InlineData("alter table noted disable trigger user")]
    [InlineData("alter table users replica identity full")]
    [InlineData("alter table users alter name set storage external")]
    [InlineData("alter table users alter name set statistics 500")]
    [InlineData("alter table users cluster on users_name_key; alter table users set without cluster; alter table users replica identity using index users_pkey")]
    [InlineData("refresh materialized view totals")]
    [InlineData("refresh materialized view concurrently totals")]
    [InlineData("comment on policy p on hidden is 'x'")]
    [InlineData("comment on trigger noting on noted is 'x'")]
    [InlineData("create collation mine from \"C\"")]
    [InlineData("create text search configuration mine (copy = pg_catalog.simple)")]
    [InlineData("create conversion mine for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1")]
    [InlineData("create cast (mood as int) with function weight(mood)")]
    [InlineData("create or replace aggregate total(int) (sfunc = int4mi, stype = int, initcond = '0')")]
    [InlineData("alter sequence counter owned by users.id")]
    [InlineData("alter table log of entry")]
    [InlineData("alter table users set (toast.autovacuum_enabled = false)")]
    [InlineData("create publication p for table users")]
    public async Task DDL_shows_by_the_catalogue(string sql)
    {
        await using var databases = await ManagedAsync();
        var db = await databases.TakeAsync("DDL");
        await db.ExecuteAsync(sql);
        Assert.StartsWith("DDL", (await db.ReturnAsync()).TaintedBy, StringComparison.Ordinal);
        await using var next = await databases.TakeAsync("next");
        Assert.NotEqual(db.Unit, next.Unit);
        await next.ExecuteAsync("insert into users (name) values ('a'); insert into posts (user_id) select id from users");
    }

    [Theory]
    [InlineData("create schema other; create table other.t (id int)")]
    [InlineData("create publication p")]
    [InlineData("alter default privileges grant select on tables to public")]
    public async Task DDL_beside_the_tables_of_a_database_shows_by_the_catalogue(string sql)
    {
        await using var databases = await ManagedAsync(new() { Workers = 1, Isolation = TestIsolation.Database });
        var db = await databases.TakeAsync("DDL");
        await db.ExecuteAsync(sql);
        Assert.StartsWith("DDL", (await db.ReturnAsync()).TaintedBy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leak_that_may_not_be_ended_is_named_and_the_others_end()
    {
        var server = await ManagedServer.MakeAsync(engine.Server, Token);
        await using var databases = await TestDatabases.CreateAsync(server, new()
        {
            Workers = 1,
            LockTimeout = TimeSpan.FromMilliseconds(200),
            Migrate = (connection, token) => EngineServer.ExecuteAsync(connection, """
                create table t (x int); grant all on t to public;
                do $$ begin execute format('grant usage on schema %I to public', current_schema()); end $$
                """, token),
        }, Token);
        await using (var admin = new Npgsql.NpgsqlConnection(engine.Server.ConnectionString))
        {
            await admin.OpenAsync(Token);
            await EngineServer.ExecuteAsync(admin, "create role somebody_else login password 'p'", Token);
        }
        var db = await databases.TakeAsync("two roles");
        await using var other = new Npgsql.NpgsqlConnection(
            new Npgsql.NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = "somebody_else", Password = "p", Pooling = false, ApplicationName = "other" }.ConnectionString);
        await other.OpenAsync(Token);
        await EngineServer.ExecuteAsync(other, $"begin; insert into {db.SchemaName}.t values (1)", Token);
        var own = await db.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(own, "begin; insert into t values (2)", Token);
        var report = await db.ReturnAsync();
        Assert.Equal("of role somebody_else", Assert.Single(report.Leaks, leak => leak.ApplicationName == "other").State);
        Assert.Equal(2, report.Leaks.Count);
        Assert.Contains("could not be ended", report.TaintedBy, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(() => EngineServer.ExecuteAsync(own, "commit", Token));
        await EngineServer.ExecuteAsync(other, "rollback", Token);
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task A_leak_is_ended_and_a_schema_elsewhere_reported()
    {
        await using var databases = await ManagedAsync();
        var db = await databases.TakeAsync("leaks");
        var connection = await db.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(connection, "create schema elsewhere", Token);
        await EngineServer.ExecuteAsync(connection, "begin; insert into users (name) values ('x')", Token);
        var report = await db.ReturnAsync();
        Assert.Equal("idle in transaction", Assert.Single(report.Leaks).State);
        Assert.Contains("schema elsewhere", report.Escapes);
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from users"));
    }

    [Fact]
    public async Task A_snapshot_takes_foreign_keys_and_triggers_into_account()
    {
        await using var databases = await ManagedAsync();
        await using var db = await databases.TakeAsync("snapshot");
        await db.ExecuteAsync("insert into users (name) values ('a'); insert into posts (user_id) select id from users; insert into kept values (1, 'a'); insert into keeper values (1); insert into self values (1, null), (2, 1)");
        var before = await UnitState.ReadAsync(db);
        await db.SnapshotAsync("s", Token);
        await db.ExecuteAsync("update users set name = 'x'; update kept set name = 'x'; update self set parent = 2; update countries set code = 'be' where code = 'at'");
        await db.RestoreAsync("s", Token);
        Assert.Equal(before, await UnitState.ReadAsync(db));

        await db.ExecuteAsync("insert into stamped values (1)");
        await db.SnapshotAsync("stamped", Token);
        await db.ExecuteAsync("update stamped set x = 2");
        Assert.Contains("\"stamped\" cannot be restored", (await Assert.ThrowsAsync<PostgresTestingException>(() => db.RestoreAsync("stamped", Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_holds_rows_that_a_policy_hides_from_the_owner()
    {
        await using var databases = await ManagedAsync();
        await using var db = await databases.TakeAsync("hidden");
        await db.ExecuteAsync("insert into hidden values (1), (-2)");
        await db.SnapshotAsync("s", Token);
        await db.ExecuteAsync("update hidden set x = 3; insert into hidden values (4)");
        await db.RestoreAsync("s", Token);
        Assert.Equal("1", await db.ScalarAsync<string>("select string_agg(x::text, ',') from hidden"));
        await db.ExecuteAsync("alter table hidden no force row level security");
        Assert.Equal("-2,1", await db.ScalarAsync<string>("select string_agg(x::text, ',' order by x) from hidden"));
    }

    [Fact]
    public async Task A_scenario_whose_triggers_would_fire_again_is_made_anew()
    {
        await using var databases = await ManagedAsync(new()
        {
            Workers = 1,
            Scenarios = new Dictionary<string, Func<Npgsql.NpgsqlConnection, CancellationToken, Task>>
            {
                ["stamps"] = (connection, token) => EngineServer.ExecuteAsync(connection, "insert into stamped values (1); update stamped set at = '2000-01-01'", token),
            },
        });
        for (var round = 0; round < 2; round++)
        {
            await using var db = await databases.LeaseAsync("scenario", "stamps", Token);
            Assert.Equal(1L, await db.ScalarAsync<long>("select count(*) from stamped where at = '2000-01-01'"));
        }
    }

    // Who may not say so waits for a second until the worker gives way.
    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 1)]
    public async Task A_worker_of_autovacuum_is_no_session_of_the_test(bool managed, int lockTimeout)
    {
        await using var host = await EmbeddedPostgres.StartAsync(new()
        {
            Settings = new Dictionary<string, string> { ["autovacuum"] = "on", ["autovacuum_naptime"] = "1" },
        }, Token);
        await using var databases = await TestDatabases.CreateAsync(managed ? await ManagedServer.MakeAsync(host, Token) : host, new()
        {
            Workers = 1,
            LockTimeout = TimeSpan.FromSeconds(lockTimeout),
            Migrate = (connection, token) => EngineServer.ExecuteAsync(connection, """
                create table busy (x int) with (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)
                """, token),
        }, Token);
        var db = await databases.TakeAsync("busy");
        await db.ExecuteAsync("insert into busy select generate_series(1, 50000); delete from busy");
        db.DataSource.Clear(); // a session tells what it has changed when it ends
        await using var admin = new Npgsql.NpgsqlConnection(host.ConnectionString);
        await admin.OpenAsync(Token);
        await using var look = new Npgsql.NpgsqlCommand("select exists (select from pg_stat_activity where backend_type = 'autovacuum worker' and query like '%busy%')", admin);
        while (!(bool)(await look.ExecuteScalarAsync(Token))!) await Task.Delay(20, Token);
        var report = await db.ReturnAsync();
        Assert.Empty(report.Leaks);
        Assert.Null(report.TaintedBy);
    }

    [Fact]
    public async Task Databases_work_as_well()
    {
        await using var databases = await ManagedAsync(new() { Workers = 1, Isolation = TestIsolation.Database });
        for (var round = 0; round < 2; round++)
        {
            await using var db = await databases.TakeAsync("database");
            Assert.Equal(0L, await db.ScalarAsync<long>("select count(*) from users"));
            await db.ExecuteAsync("insert into users (name) values ('a')");
            Assert.Null((await db.ReturnAsync()).TaintedBy);
        }
    }
}
