using Npgsql;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>Sessions that code under test opens in its own way: with names and options that nobody told it.</summary>
public class StrangeSessionTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Schema = "create table t (x int); create table u (y int); create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger tr before insert on t for each row execute function f();"
        + "create rule r0 as on update to u do also nothing; create type mood as enum ('ok'); create function weight(mood) returns int language sql return 1; create cast (mood as int) with function weight(mood);";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Token);
        await EngineServer.ExecuteAsync(connection, sql, Token);
    }

    [Theory]
    [InlineData(TestIsolation.Schema, "create table surprise (x int)")]
    [InlineData(TestIsolation.Schema, "create trigger other before insert on t for each row execute function f()")]
    [InlineData(TestIsolation.Schema, "create policy p on t")]
    [InlineData(TestIsolation.Schema, "create rule r as on insert to t do also nothing")]
    [InlineData(TestIsolation.Schema, "drop rule r0 on u")]
    [InlineData(TestIsolation.Schema, "drop cast (mood as int)")]
    [InlineData(TestIsolation.Schema, "grant select on t to public")]
    [InlineData(TestIsolation.Schema, "alter trigger tr on t rename to renamed")]
    [InlineData(TestIsolation.Schema, "comment on trigger tr on t is 'x'")]
    [InlineData(TestIsolation.Database, "create table surprise (x int)")]
    [InlineData(TestIsolation.Database, "alter table t add z int")]
    [InlineData(TestIsolation.Database, "create policy p on t")]
    [InlineData(TestIsolation.Database, "grant select on t to public")]
    [InlineData(TestIsolation.Database, "create schema other")]
    public async Task Ddl_of_a_session_with_options_of_its_own_is_noticed(TestIsolation isolation, string ddl)
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, Isolation = isolation });
        var db = await databases.TakeAsync("own options");
        await ExecuteAsync(new NpgsqlConnectionStringBuilder(db.ConnectionString) { Options = "-c work_mem=8MB", Pooling = false }.ConnectionString, ddl);
        Assert.NotNull((await db.ReturnAsync()).TaintedBy);
    }

    [Theory]
    [InlineData(TestIsolation.Schema)]
    [InlineData(TestIsolation.Database)]
    public async Task A_session_left_open_under_another_name_never_reaches_the_next_test(TestIsolation isolation)
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, Isolation = isolation });
        var db = await databases.TakeAsync("renamed");
        var left = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(db.ConnectionString) { ApplicationName = "MyApp" }.ConnectionString);
        await left.OpenAsync(Token);
        Assert.Single((await db.ReturnAsync()).Leaks);
        await using var next = await databases.TakeAsync("next");
        // It may still find the unit that was taken out of use and is not dropped yet.
        await Record.ExceptionAsync(() => EngineServer.ExecuteAsync(left, "insert into t values (666)", Token));
        Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from t"));
        await left.DisposeAsync();
    }

    [Fact]
    public async Task A_neighbour_that_looks_at_all_tables_for_a_moment_is_left_alone()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 2, LockTimeout = TimeSpan.FromSeconds(20) });
        var (db, neighbour) = (await databases.TakeAsync("returns"), await databases.TakeAsync("looks"));
        await db.ExecuteAsync("insert into u values (1)");
        // As VACUUM does, or pg_total_relation_size.
        var looking = neighbour.ExecuteAsync($"do $$ begin lock table {db.SchemaName}.u in share update exclusive mode; perform pg_sleep(1); end $$");
        await using var connection = new NpgsqlConnection(engine.Server.ConnectionString);
        await connection.OpenAsync(Token);
        await Servers.Eventually.TrueAsync(async () => (await connection.ListAsync($"select pid from pg_locks where relation = '{db.SchemaName}.u'::regclass")).Length > 0);
        var report = await db.ReturnAsync();
        Assert.Empty(report.Leaks);
        Assert.Null(report.TaintedBy);
        await looking;
        await neighbour.DisposeAsync();
    }

    [Fact]
    public async Task A_session_that_is_slow_to_end_is_not_taken_for_one_left_open_under_another_name()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1 });
        var db = await databases.TakeAsync("slow to end");
        var slow = await db.ScalarAsync<int>("select pg_backend_pid()"); // lies in the unit's pool now
        await using var left = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(db.ConnectionString) { ApplicationName = "MyApp" }.ConnectionString);
        await left.OpenAsync(Token);
        Posix.Signal(slow, 19); // SIGSTOP
        try
        {
            Assert.Equal("open under another application_name", Assert.Single((await db.ReturnAsync()).Leaks).State);
        }
        finally
        {
            Posix.Signal(slow, 18); // SIGCONT
        }
    }

    /// <summary>As the session of the migrations may be when the first test has ended already.</summary>
    [Fact]
    public async Task A_session_that_is_slow_to_end_costs_no_warm_connection()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, LockTimeout = TimeSpan.FromSeconds(20) });
        var db = await databases.TakeAsync("slow to end");
        var warm = await db.ScalarAsync<int>("select pg_backend_pid()");
        await using var others = new NpgsqlDataSourceBuilder(engine.Server.ConnectionString) { Name = "app" }.Build();
        await using var other = await others.OpenConnectionAsync(Token); // while there is any, the server is asked for the unit's sessions
        var slow = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(db.ConnectionString) { Pooling = false }.ConnectionString);
        await slow.OpenAsync(Token);
        Posix.Signal(slow.ProcessID, 19); // SIGSTOP
        using var going = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"sleep 0.2; kill -CONT {slow.ProcessID}"]);
        await slow.DisposeAsync();
        Assert.Empty((await db.ReturnAsync()).Leaks);
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(warm, await next.ScalarAsync<int>("select pg_backend_pid()"));
    }

    [Fact]
    public async Task A_session_left_open_in_a_data_source_with_a_name_is_ended_and_reported()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        var db = await databases.TakeAsync("named source");
        await using var source = new NpgsqlDataSourceBuilder(db.ConnectionString) { Name = "app" }.Build();
        var left = await source.OpenConnectionAsync(Token);
        Assert.Equal("idle", Assert.Single((await db.ReturnAsync()).Leaks).State);
        await using var next = await databases.TakeAsync("next");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => EngineServer.ExecuteAsync(left, "insert into t values (666)", Token));
        await left.DisposeAsync();
        Assert.Empty((await next.ReturnAsync()).Leaks);
    }

    [Fact]
    public async Task A_data_source_that_a_test_disposed_of_is_made_anew()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        var db = await databases.TakeAsync("tidy");
        await db.DataSource.DisposeAsync();
        Assert.Contains("disposed of", (await db.ReturnAsync()).TaintedBy, StringComparison.Ordinal);
        await using var next = await databases.TakeAsync("next");
        await next.ExecuteAsync("insert into t values (1)");
    }

    [Fact]
    public async Task An_ended_lease_gives_nothing_away_even_while_it_is_reset_beside_others()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 2, Spares = 2 });
        await using (await databases.TakeAsync("makes two units")) await using (await databases.TakeAsync("makes two units")) await Task.Yield();
        for (var round = 0; round < 20; round++)
        {
            var db = await databases.TakeAsync("ends");
            await db.DisposeAsync();
            Assert.Throws<ObjectDisposedException>(() => db.DataSource);
            Assert.Throws<ObjectDisposedException>(() => db.ConnectionString);
        }
    }

    [Fact]
    public async Task An_idle_limit_of_the_server_does_not_end_the_claim_on_a_unit()
    {
        await ExecuteAsync(engine.Server.ConnectionString, "alter role current_user set idle_session_timeout = '3s'");
        try
        {
            await using var databases = await engine.DatabasesAsync(Schema);
            var db = await databases.TakeAsync("slow");
            await Task.Delay(4000, Token);
            Assert.Null((await db.ReturnAsync()).TaintedBy);
        }
        finally
        {
            await ExecuteAsync(engine.Server.ConnectionString, "alter role current_user reset idle_session_timeout");
        }
    }

    [Fact]
    public async Task Tables_that_migrations_put_elsewhere_are_refused()
    {
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => engine.DatabasesAsync("create schema app; create table app.t (x int)"));
        Assert.Contains("app.t", exception.Message, StringComparison.Ordinal);
        Assert.Contains("TestIsolation.Database", exception.Message, StringComparison.Ordinal);
        await ExecuteAsync(engine.Server.ConnectionString, "drop schema app cascade");
    }

    [Fact]
    public async Task Tables_that_a_test_makes_elsewhere_while_a_unit_is_made_are_not_the_migrations()
    {
        var runs = 0;
        await using var databases = await TestDatabases.CreateAsync(engine.Server, new()
        {
            Workers = 2,
            Migrate = async (connection, token) =>
            {
                await EngineServer.ExecuteAsync(connection, "create table t (x int)", token);
                if (++runs == 2) await ExecuteAsync(engine.Server.ConnectionString, "create schema beside; create table beside.t (x int)");
            },
        }, Token);
        await using var one = await databases.TakeAsync("one");
        await using var two = await databases.TakeAsync("two");
        Assert.NotEqual(one.Unit, two.Unit);
        await ExecuteAsync(engine.Server.ConnectionString, "drop schema beside cascade");
    }

    [Fact]
    public async Task A_test_that_truncates_all_tables_it_finds_gets_a_new_unit_with_its_seed()
    {
        await using var databases = await engine.DatabasesAsync(Schema, null, "insert into u values (1), (2)");
        for (var round = 0; round < 2; round++)
        {
            await using var db = await databases.TakeAsync("truncates");
            Assert.Equal(2L, await db.ScalarAsync<long>("select count(*) from u"));
            await db.ExecuteAsync("""
                do $$ declare t text; begin
                    for t in select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema') loop
                        execute 'truncate ' || t || ' cascade';
                    end loop;
                end $$
                """);
        }
    }
}
