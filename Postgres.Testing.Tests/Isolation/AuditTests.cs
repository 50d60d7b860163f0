namespace Postgres.Testing.Tests.Isolation;

/// <summary>What is wider than a schema is not reset, but it does not go unnoticed.</summary>
public class AuditTests(EngineServer engine) : IClassFixture<EngineServer>
{
    [Theory]
    [InlineData("create role stranger", "role stranger", "drop role stranger")]
    [InlineData("create role stranger2; alter role stranger2 createdb", "role stranger2 createdb", "drop role stranger2")]
    [InlineData("create role stranger3; alter role stranger3 noinherit", "role stranger3 noinherit", "drop role stranger3")]
    [InlineData("create role stranger4; alter role stranger4 password 'x'", "password of role stranger4", "drop role stranger4")]
    [InlineData("create role stranger5; grant pg_monitor to stranger5 with admin option", "membership of stranger5 in pg_monitor with admin option", "drop role stranger5")]
    [InlineData("alter tablespace pg_default set (random_page_cost = 1.1)", "tablespace pg_default options {random_page_cost=1.1}", "alter tablespace pg_default reset (random_page_cost)")]
    [InlineData("alter database postgres is_template true", "database postgres template", "alter database postgres is_template false")]
    [InlineData("alter role current_user set work_mem = '1MB'", "setting work_mem=1MB", "alter role current_user reset work_mem")]
    [InlineData("do $$ begin execute format('alter database %I set work_mem = %L', current_database(), '2MB'); end $$", "setting work_mem=2MB", "do $$ begin execute format('alter database %I reset work_mem', current_database()); end $$")]
    [InlineData("create extension citext schema public", "CREATE EXTENSION extension citext", "drop extension citext")]
    [InlineData("create schema elsewhere", "CREATE SCHEMA schema elsewhere", "drop schema elsewhere")]
    [InlineData("create table public.elsewhere (x int)", "CREATE TABLE table public.elsewhere", "drop table public.elsewhere")]
    [InlineData("alter default privileges grant select on tables to public", "default privileges of role", "alter default privileges revoke select on tables from public")]
    [InlineData("grant create on schema public to pg_monitor", "schema public granted", "revoke create on schema public from pg_monitor")]
    [InlineData("create publication news", "CREATE PUBLICATION publication news", "drop publication news")]
    [InlineData("select lo_create(4711)", "large object 4711", "select lo_unlink(4711)")]
    [InlineData("begin; select txid_current(); prepare transaction 'forgotten'", "prepared transaction 'forgotten'", "rollback prepared 'forgotten'")]
    public async Task What_escapes_a_unit_is_reported_once(string sql, string finding, string undo)
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)");
        var db = await databases.TakeAsync("escapes");
        await db.ExecuteAsync(sql);
        var report = await db.ReturnAsync();
        Assert.Contains(report.Escapes, e => e.Contains(finding, StringComparison.Ordinal));
        await using var next = await databases.TakeAsync("next");
        Assert.Empty((await next.ReturnAsync()).Escapes);
        await using var cleaner = await databases.TakeAsync("cleaner");
        await cleaner.ExecuteAsync(undo);
    }

    [Theory]
    [InlineData("select pg_create_physical_replication_slot('left_behind')", "replication slot left_behind")]
    [InlineData("select pg_create_logical_replication_slot('left_behind', 'test_decoding')", "replication slot left_behind")]
    [InlineData("select pg_replication_origin_create('left_behind')", "replication origin left_behind")]
    public async Task What_is_left_on_a_server_that_replicates_is_reported(string sql, string finding)
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["wal_level"] = "logical", ["max_replication_slots"] = "2" } }, token);
        await using var databases = await TestDatabases.CreateAsync(server, new() { Workers = 1 }, token);
        var db = await databases.TakeAsync("subscriber");
        await db.ExecuteAsync(sql);
        Assert.Equal([finding], (await db.ReturnAsync()).Escapes);
    }

    [Fact]
    public async Task An_escape_can_fail_its_test()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", new() { Workers = 1, Audit = TestAudit.Fail });
        var db = await databases.TakeAsync("maker of roles");
        await db.ExecuteAsync("create role escaped");
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(async () => await db.DisposeAsync());
        Assert.Contains("'maker of roles' left outside of its unit: role escaped", exception.Message, StringComparison.Ordinal);
        await using var next = await databases.TakeAsync("next");
    }

    [Fact]
    public async Task What_is_made_of_temporary_tables_is_no_escape_and_taints_nothing()
    {
        await using var databases = await engine.DatabasesAsync("create function f() returns trigger language plpgsql as 'begin return new; end'", new() { Workers = 1, Audit = TestAudit.Fail });
        await using var db = await databases.TakeAsync("temporary");
        await db.ExecuteAsync("""
            create temp table x (id serial primary key, y int default 4 constraint small check (y < 10)); create temp view v as select y from x;
            create trigger tr before insert on x for each row execute function f(); create policy p on x; create rule r as on update to x do also nothing;
            comment on trigger tr on x is 'x'; comment on constraint small on x is 'x'; alter table x alter y drop default;
            drop view v; drop rule r on x; drop policy p on x; drop table x
            """);
        var report = await db.ReturnAsync();
        Assert.Empty(report.Escapes);
        Assert.Null(report.TaintedBy);
    }

    [Fact]
    public async Task Nobody_looks_when_the_audit_is_off()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", new() { Workers = 1, Audit = TestAudit.Off });
        var db = await databases.TakeAsync("maker of roles");
        await db.ExecuteAsync("create role unseen");
        Assert.Empty((await db.ReturnAsync()).Escapes);
    }

    [Fact]
    public async Task Units_made_beside_a_test_are_no_findings()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", new() { Workers = 2 });
        var one = await databases.TakeAsync("one");
        await using (await engine.DatabasesAsync("create table t (x int)", new() { Workers = 1, Isolation = TestIsolation.Database }))
        {
            await using var two = await databases.TakeAsync("two");
        }
        Assert.Empty((await one.ReturnAsync()).Escapes);
    }
}
