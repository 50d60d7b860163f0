namespace Postgres.Testing.Tests.Isolation;

/// <summary>The unit's connections outlive leases; what tests do to a session does not.</summary>
public class ConnectionStateTests(EngineServer engine) : IClassFixture<EngineServer>
{
    [Theory]
    [InlineData("set work_mem = '64kB'", "show work_mem", null)]
    [InlineData("set search_path = pg_catalog", "show search_path", null)]
    [InlineData("set application_name = 'mine'", "show application_name", null)]
    [InlineData("create temp table kept (x int)", "select count(*)::text from pg_class where relname = 'kept' and relpersistence = 't'", "0")]
    [InlineData("prepare p as select 1", "select count(*)::text from pg_prepared_statements where name = 'p'", "0")]
    [InlineData("create role tester; set role tester", "select current_user::text", "!tester")]
    [InlineData("listen news", "select count(*)::text from pg_listening_channels()", "0")]
    [InlineData("set custom.thing = 'x'", "select coalesce(current_setting('custom.thing', true), '')", "")]
    [InlineData("select nextval('s')", "select count(*)::text from pg_class where relname = 'nothing'", "0")]
    public async Task No_state_is_carried_over(string sql, string look, string? expected)
    {
        await using var databases = await engine.DatabasesAsync("create sequence s");
        string? before = expected;
        int process;
        var db = await databases.TakeAsync("sets");
        await using (var connection = await db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            process = connection.ProcessID;
            before ??= (await connection.ListAsync(look)).Single();
            await EngineServer.ExecuteAsync(connection, sql, TestContext.Current.CancellationToken);
        }
        var report = await db.ReturnAsync();
        await using var next = await databases.TakeAsync("reads");
        await using (var connection = await next.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(process == connection.ProcessID, $"Session {process} was replaced by {connection.ProcessID}: {string.Join(", ", report.Leaks)} {report}");
            var after = (await connection.ListAsync(look)).Single();
            if (before.StartsWith('!')) Assert.NotEqual(before[1..], after);
            else Assert.Equal(before, after);
        }
        if (sql.Contains("role", StringComparison.Ordinal)) await next.ExecuteAsync("drop role tester");
    }

    [Fact]
    public async Task Statements_that_Npgsql_prepared_still_work_in_the_next_lease()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int); create table v (e vector(2)); create index on v using hnsw (e vector_l2_ops)");
        for (var round = 0; round < 3; round++)
        {
            await using var db = await databases.TakeAsync("prepares");
            await using var connection = await db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using var command = new Npgsql.NpgsqlCommand("insert into v values (('[' || $1::int || ',1]')::vector) returning 1", connection) { Parameters = { new() { Value = round } } };
            await command.PrepareAsync(TestContext.Current.CancellationToken);
            Assert.Equal(1, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("prepare p as select 1", true)]
    [InlineData("deallocate all", true)]
    [InlineData("discard all", false)]
    [InlineData("prepare p as select 1", false)]
    public async Task Statements_prepared_in_both_ways_end_with_the_lease(string sql, bool byString)
    {
        var token = TestContext.Current.CancellationToken;
        await using var databases = await engine.DatabasesAsync("create table t (x int)");
        for (var round = 0; round < 3; round++)
        {
            await using var db = await databases.TakeAsync("prepares");
            for (var use = 0; use < 2; use++)
            {
                await using var connection = byString ? new Npgsql.NpgsqlConnection(db.ConnectionString) : db.DataSource.CreateConnection();
                await connection.OpenAsync(token);
                if (use == 0) Assert.Empty(await connection.ListAsync("select name || ' ' || statement from pg_prepared_statements"));
                await using var command = new Npgsql.NpgsqlCommand("select count(*) from t", connection);
                await command.PrepareAsync(token);
                Assert.Equal(0L, await command.ExecuteScalarAsync(token));
                if (use == 1) await EngineServer.ExecuteAsync(connection, sql, token);
            }
        }
    }

    [Fact]
    public async Task A_prepared_session_that_is_gone_does_not_taint()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)");
        var db = await databases.TakeAsync("prepares");
        await using (var one = await db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var command = new Npgsql.NpgsqlCommand("select count(*) from t", one);
            await command.PrepareAsync(TestContext.Current.CancellationToken);
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
            await using var two = await db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await EngineServer.ExecuteAsync(two, $"select pg_terminate_backend({one.ProcessID}, 1000)", TestContext.Current.CancellationToken);
        }
        Assert.Null((await db.ReturnAsync()).TaintedBy);
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from t"));
    }
}
