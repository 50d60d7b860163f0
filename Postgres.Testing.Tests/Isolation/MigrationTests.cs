using Npgsql;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>What Migrate and Seed may do, and what is said when they do something else.</summary>
public class MigrationTests(EngineServer engine) : IClassFixture<EngineServer>
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestIsolation.Schema, "begin; create table t (x int)", null, "Migrate left a transaction open")]
    [InlineData(TestIsolation.Database, "begin; create table t (x int)", null, "Migrate left a transaction open")]
    [InlineData(TestIsolation.Schema, "create table t (x int)", "begin; insert into t values (1)", "Seed left a transaction open")]
    public async Task What_would_be_rolled_back_without_a_word_is_refused(TestIsolation isolation, string migrate, string? seed, string says)
    {
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => engine.DatabasesAsync(migrate, new() { Workers = 1, Isolation = isolation }, seed));
        Assert.StartsWith(says, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_that_does_not_commit_is_refused()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", new()
        {
            Workers = 1,
            Scenarios = new Dictionary<string, Func<NpgsqlConnection, CancellationToken, Task>> { ["open"] = (connection, token) => EngineServer.ExecuteAsync(connection, "begin; insert into t values (1)", token) },
        });
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => databases.TakeAsync("test", "open"));
        Assert.StartsWith("The scenario 'open' left a transaction open", exception.Message, StringComparison.Ordinal);
        await using var next = await databases.TakeAsync("next");
    }

    [Fact]
    public async Task A_connection_that_migrations_close_is_named()
    {
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => TestDatabases.CreateAsync(engine.Server, new() { Workers = 1, Migrate = (connection, _) => connection.CloseAsync() }, Token));
        Assert.StartsWith("Migrate closed the connection", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_works_once_for_a_database_says_what_to_write()
    {
        await using var databases = await engine.DatabasesAsync("create extension earthdistance cascade; create table t (x int)", new() { Workers = 2 });
        await using var first = await databases.TakeAsync("first");
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => databases.TakeAsync("second"));
        Assert.Contains("write IF NOT EXISTS, or lease at TestIsolation.Database", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_for_migrations_that_do_not_end_names_them()
    {
        var runs = 0;
        await using var databases = await TestDatabases.CreateAsync(engine.Server, new()
        {
            Workers = 2,
            LeaseTimeout = TimeSpan.FromMilliseconds(100),
            Migrate = (_, token) => Interlocked.Increment(ref runs) == 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, token),
        }, Token);
        await using var first = await databases.TakeAsync("first");
        Assert.Contains("Being made: 1; Migrate", (await Assert.ThrowsAsync<TimeoutException>(() => databases.TakeAsync("second"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_extension_that_another_run_is_just_making_is_waited_for()
    {
        await using var other = new NpgsqlConnection(engine.Server.ConnectionString);
        await other.OpenAsync(Token);
        await using var transaction = await other.BeginTransactionAsync(Token);
        await EngineServer.ExecuteAsync(other, "create extension pg_trgm schema extensions", Token);
        var creating = engine.DatabasesAsync("create extension if not exists pg_trgm; create table t (x text); create index on t using gin (x gin_trgm_ops)");
        await Servers.Eventually.TrueAsync(async () => (await other.ListAsync($"select pid from pg_locks where not granted and {other.ProcessID} = any (pg_blocking_pids(pid))")).Length > 0);
        await transaction.CommitAsync(Token);
        await using var databases = await creating;
    }

    [Fact]
    public async Task The_queue_for_the_engines_own_tables_is_not_limited_as_resets_are()
    {
        await using var other = new NpgsqlConnection(engine.Server.ConnectionString);
        await other.OpenAsync(Token);
        await EngineServer.ExecuteAsync(other, $"select pg_advisory_lock({UnitFactory.Key("install")})", Token);
        var creating = engine.DatabasesAsync("create table t (x int)", new() { Workers = 1, LockTimeout = TimeSpan.FromMilliseconds(20) });
        await Task.Delay(200, Token);
        Assert.False(creating.IsCompleted);
        await EngineServer.ExecuteAsync(other, "select pg_advisory_unlock_all()", Token);
        await using var databases = await creating;
    }

    [Theory]
    [InlineData("create or replace view public.shared as select * from t", "public.shared")]
    [InlineData("drop materialized view if exists public.shared; create materialized view public.shared as select * from t", "public.shared")]
    [InlineData("create sequence if not exists public.shared", "public.shared")]
    [InlineData("create or replace function public.shared() returns bigint language sql set search_path from current as 'select count(*) from t'", "shared()")]
    public async Task What_all_units_would_share_is_refused(string sql, string named)
    {
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => engine.DatabasesAsync($"create table t (x int); {sql}"));
        Assert.StartsWith($"Migrate made {named} outside of the unit", exception.Message, StringComparison.Ordinal);
        await using var connection = new NpgsqlConnection(engine.Server.ConnectionString);
        await connection.OpenAsync(Token);
        await EngineServer.ExecuteAsync(connection, "drop view if exists public.shared; drop function if exists public.shared", Token).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        await EngineServer.ExecuteAsync(connection, "drop materialized view if exists public.shared", Token).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        await EngineServer.ExecuteAsync(connection, "drop sequence if exists public.shared", Token).ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_function_that_is_bound_to_no_unit_may_be_shared()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int); create or replace function public.twice(x int) returns int language sql as 'select 2 * x'", new() { Workers = 2 });
        await using var db = await databases.TakeAsync("test");
        Assert.Equal(4, await db.ScalarAsync<int>("select public.twice(2)"));
    }

    [Fact]
    public async Task What_migrations_do_beside_the_unit_is_no_tests_doing()
    {
        const string Migrate = """
            do $$ begin if not exists (select from pg_roles where rolname = 'app_user') then create role app_user; end if; end $$;
            alter default privileges grant select on tables to app_user; create table t (x int);
            """;
        await using var databases = await engine.DatabasesAsync(Migrate, new() { Workers = 2, Audit = TestAudit.Fail });
        await using var first = await databases.TakeAsync("first");
        await using var second = await databases.TakeAsync("second");
        Assert.Empty((await first.ReturnAsync()).Escapes);
        Assert.Empty((await second.ReturnAsync()).Escapes);
    }

    [Fact]
    public async Task Units_of_a_process_that_is_no_more_are_ended_whatever_their_level()
    {
        const string Left = "test_0123456789_1";
        await using var connection = new NpgsqlConnection(engine.Server.ConnectionString);
        await connection.OpenAsync(Token);
        await using (await engine.DatabasesAsync("create table t (x int)"))
            await EngineServer.ExecuteAsync(connection, $"insert into postgres_testing.units (name, is_database) values ('{Left}', true)", Token);
        await EngineServer.ExecuteAsync(connection, $"create database {Left}", Token);
        await using var next = await engine.DatabasesAsync("create table t (x int)");
        Assert.Empty(await connection.ListAsync($"select datname::text from pg_database where datname = '{Left}'"));
    }
}
