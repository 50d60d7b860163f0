using Npgsql;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>What a test leaves open is ended at its return and held against it, and never against the next test.</summary>
public class LeakTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Schema = "create table t (x int); create table v (e vector(3)); create index on v using hnsw (e vector_l2_ops);";

    static readonly CancellationToken Token = CancellationToken.None;

    async Task<LeaseReport> LeakAsync(Func<TestDatabase, NpgsqlConnection, Task> leak, bool ownPool = true, bool pooled = true)
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        var db = await databases.TakeAsync("leaker");
        // Never disposed of: that is the leak.
        var connection = ownPool ? db.DataSource.CreateConnection() : new NpgsqlConnection(db.ConnectionString + (pooled ? "" : ";Pooling=false"));
        await connection.OpenAsync(Token);
        await leak(db, connection);
        var report = await db.ReturnAsync();
        GC.KeepAlive(connection); // collected, it would be closed
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from t"));
        await next.ExecuteAsync("insert into t values (1); insert into v values ('[1,2,3]')");
        var innocent = await next.ReturnAsync();
        Assert.Empty(innocent.Leaks);
        Assert.Null(innocent.TaintedBy);
        return report;
    }

    [Theory]
    [InlineData("begin; insert into t values (1)", "idle in transaction")]
    [InlineData("begin; select * from t", "idle in transaction")]
    [InlineData("begin; lock table v in access exclusive mode", "idle in transaction")]
    [InlineData("begin", "idle in transaction")]
    [InlineData("begin; insert into t values (1); do $$ begin perform 1/0; end $$", "idle in transaction (aborted)")]
    [InlineData("begin; declare c cursor with hold for select 1; fetch c", "idle in transaction")]
    [InlineData("select pg_advisory_lock(42)", "idle, holds advisory locks")]
    [InlineData("listen news", "idle")]
    [InlineData("select 1", "idle")]
    public async Task A_session_left_open_is_ended_and_reported(string sql, string state)
    {
        foreach (var (ownPool, pooled) in new[] { (true, true), (false, true), (false, false) })
        {
            var report = await LeakAsync(async (_, connection) =>
            {
                try
                {
                    await EngineServer.ExecuteAsync(connection, sql, Token);
                }
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DivisionByZero)
                {
                    // The failed transaction stays open.
                }
            }, ownPool, pooled);
            Assert.Equal(state, Assert.Single(report.Leaks).State);
            Assert.Null(report.TaintedBy);
        }
    }

    [Fact]
    public async Task A_running_query_is_ended_and_reported()
    {
        Task? running = null;
        var report = await LeakAsync(async (db, connection) =>
        {
            running = EngineServer.ExecuteAsync(connection, "insert into t select 1 from pg_sleep(600)", Token);
            await using var look = db.DataSource.CreateCommand("select count(*) from pg_stat_activity where application_name = $1 and query like 'insert into t%' and state = 'active'");
            look.Parameters.Add(new() { Value = db.ApplicationName });
            while ((long)(await look.ExecuteScalarAsync(Token))! == 0) await Task.Delay(5, Token);
        });
        await Assert.ThrowsAnyAsync<Exception>(() => running!);
        var leak = Assert.Single(report.Leaks);
        Assert.Equal("active", leak.State);
        Assert.Contains("pg_sleep", leak.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locks_of_an_unknown_session_on_the_units_tables_are_found()
    {
        NpgsqlConnection? stranger = null;
        var report = await LeakAsync(async (db, connection) =>
        {
            // Another program's: neither the unit's name nor its pool.
            stranger = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(engine.Server.ConnectionString) { Pooling = false, ApplicationName = "psql" }.ConnectionString);
            await stranger.OpenAsync(Token);
            await EngineServer.ExecuteAsync(stranger, $"begin; insert into {db.SchemaName}.t values (7)", Token);
            await connection.CloseAsync();
        });
        Assert.Equal("psql", Assert.Single(report.Leaks).ApplicationName);
        GC.KeepAlive(stranger);
    }

    [Fact]
    public async Task A_prepared_transaction_is_rolled_back_and_reported()
    {
        var report = await LeakAsync(async (_, connection) =>
        {
            await EngineServer.ExecuteAsync(connection, "begin; insert into t values (1); prepare transaction 'half ''done'", Token);
            await connection.CloseAsync();
        });
        Assert.Null(report.TaintedBy);
        Assert.Equal("half 'done", Assert.Single(report.Leaks).Query);
    }

    [Fact]
    public async Task An_advisory_lock_on_a_connection_given_back_to_its_pool_is_reported()
    {
        var report = await LeakAsync(async (_, connection) =>
        {
            await EngineServer.ExecuteAsync(connection, "select pg_advisory_lock(7)", Token);
            await connection.CloseAsync();
        });
        Assert.Equal("idle, holds advisory locks", Assert.Single(report.Leaks).State);
    }

    [Fact]
    public async Task A_test_that_is_named_as_the_engine_ends_none_of_its_sessions()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, NameConnections = true });
        for (var round = 0; round < 2; round++)
        {
            var db = await databases.TakeAsync("postgres_testing");
            await EngineServer.ExecuteAsync(await db.DataSource.OpenConnectionAsync(Token), "begin; insert into t values (1)", Token);
            var report = await db.ReturnAsync();
            Assert.Single(report.Leaks);
            Assert.Null(report.TaintedBy);
        }
    }

    [Fact]
    public async Task A_leak_ends_no_session_of_another_test_of_that_name()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 2, NameConnections = true });
        var (leaker, other) = (await databases.TakeAsync("the same name"), await databases.TakeAsync("the same name"));
        await using var busy = await other.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(busy, "begin; insert into t values (1)", Token);
        var leaked = await leaker.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(leaked, "begin; insert into t values (1)", Token);
        Assert.Single((await leaker.ReturnAsync()).Leaks);
        await EngineServer.ExecuteAsync(busy, "commit", Token);
        await busy.CloseAsync();
        Assert.Empty((await other.ReturnAsync()).Leaks);
    }

    [Fact]
    public async Task A_connection_that_was_closed_is_no_leak_beside_one_that_was_not()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, NameConnections = true });
        var db = await databases.TakeAsync("leaker");
        var left = await db.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(left, "select 1", Token);
        await db.ExecuteAsync("select 2");
        Assert.Equal("select 1", Assert.Single((await db.ReturnAsync()).Leaks).Query);
        GC.KeepAlive(left);
    }

    [Fact]
    public async Task A_session_of_a_source_with_a_name_of_its_own_is_found_when_tests_are_named()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, NameConnections = true });
        var db = await databases.TakeAsync("leaker");
        await using var source = new NpgsqlDataSourceBuilder(db.ConnectionString) { Name = "app" }.Build();
        var left = await source.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(left, "select 1", Token);
        Assert.Equal("select 1", Assert.Single((await db.ReturnAsync()).Leaks).Query);
        GC.KeepAlive(left);
    }

    [Fact]
    public async Task A_kept_lease_with_a_transaction_open_is_dropped_at_the_end()
    {
        var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, NameConnections = true });
        var db = await databases.TakeAsync("kept");
        var left = await db.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(left, "begin; insert into t values (1)", Token);
        Assert.True((await db.KeepAsync()).Kept);
        var unit = db.Unit;
        await databases.DisposeAsync();
        await using var look = new NpgsqlConnection(engine.Server.ConnectionString);
        await look.OpenAsync(Token);
        await using var command = new NpgsqlCommand($"select to_regnamespace('{unit}') is null", look);
        Assert.True((bool)(await command.ExecuteScalarAsync(Token))!);
        GC.KeepAlive(left);
    }

    [Fact]
    public async Task A_test_leaves_no_pool_behind_in_its_process()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, NameConnections = true });
        var first = await databases.TakeAsync("first");
        await first.DisposeAsync();
        var before = Pools();
        for (var i = 0; i < 5; i++) await LeaseAsync($"test {i}");
        Assert.Equal(before, Pools());

        async Task LeaseAsync(string name)
        {
            await using var db = await databases.TakeAsync(name);
            await db.ExecuteAsync("insert into t values (1)");
        }

        // Npgsql tells the size of each pool that it knows of; other tests' come and go.
        int Pools()
        {
            var pools = 0;
            using var listener = new System.Diagnostics.Metrics.MeterListener
            {
                InstrumentPublished = (instrument, it) =>
                {
                    if (instrument is { Meter.Name: "Npgsql", Name: "db.client.connection.max" }) it.EnableMeasurementEvents(instrument);
                },
            };
            listener.SetMeasurementEventCallback<int>((_, _, tags, _) => Note(tags));
            listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Note(tags));
            listener.Start();
            listener.RecordObservableInstruments();
            Assert.True(pools > 0);
            return pools;

            void Note(ReadOnlySpan<KeyValuePair<string, object?>> tags)
            {
                foreach (var tag in tags) if (tag is { Key: "db.client.connection.pool.name", Value: string name } && name.Contains(first.Unit, StringComparison.Ordinal)) pools++;
            }
        }
    }

    [Fact]
    public async Task A_leak_can_fail_its_test_and_its_test_only()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, FailOnLeak = true });
        var db = await databases.TakeAsync("leaker");
        var connection = await db.DataSource.OpenConnectionAsync(Token);
        await EngineServer.ExecuteAsync(connection, "begin; select 1", Token);
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(async () => await db.DisposeAsync());
        Assert.Contains("'leaker' left a session behind (idle in transaction): select 1", exception.Message, StringComparison.Ordinal);
        await (await databases.TakeAsync("innocent")).DisposeAsync();
    }

    [Theory]
    [InlineData(TestIsolation.Schema, "create table unseen (x int)")]
    [InlineData(TestIsolation.Schema, "insert into t values (1)")]
    [InlineData(TestIsolation.Database, "create table unseen (x int)")]
    [InlineData(TestIsolation.Database, "select txid_current(), pg_advisory_xact_lock(5)")]
    public async Task A_prepared_transaction_without_rows_is_rolled_back_too(TestIsolation isolation, string sql)
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", new() { Workers = 1, Isolation = isolation });
        var db = await databases.TakeAsync("prepares a transaction");
        await db.ExecuteAsync($"begin; {sql}; prepare transaction 'left {isolation}'");
        Assert.Contains((await db.ReturnAsync()).Leaks, leak => leak.State == "prepared transaction");
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(0L, await next.ScalarAsync<long>($"select count(*) from pg_prepared_xacts where gid = 'left {isolation}'"));
        await next.ExecuteAsync("create table unseen (x int); insert into t values (1)");
    }

    [Fact]
    public async Task What_goes_on_after_its_test_by_a_string_of_its_own_does_not_write_for_the_next_ones()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", new() { Workers = 1, NameConnections = true });
        var first = await databases.TakeAsync("starts a service");
        var connectionString = first.ConnectionString;
        var (written, failed) = (0, 0);
        using var stop = new CancellationTokenSource();
        var service = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await using var connection = new NpgsqlConnection(connectionString);
                    await connection.OpenAsync(CancellationToken.None);
                    await EngineServer.ExecuteAsync(connection, "insert into t values (666)", CancellationToken.None);
                    Interlocked.Increment(ref written);
                }
                catch (NpgsqlException)
                {
                    Interlocked.Increment(ref failed);
                }
                await Task.Delay(5, CancellationToken.None);
            }
        }, Token);
        await Servers.Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref written) > 0));
        var report = await first.ReturnAsync();
        for (var i = 0; report.TaintedBy is null && i < 100; i++)
        {
            var innocent = await databases.TakeAsync($"innocent {i}");
            await Task.Delay(20, Token);
            report = await innocent.ReturnAsync();
        }
        Assert.NotNull(report.TaintedBy);
        if (report.TestName != first.TestName) Assert.Contains("'starts a service'", report.TaintedBy, StringComparison.Ordinal);
        Volatile.Write(ref written, 0);
        for (var i = 0; i < 5; i++)
        {
            await using var next = await databases.TakeAsync($"next {i}");
            await Task.Delay(20, Token);
            Assert.Equal(0L, await next.ScalarAsync<long>("select count(*) from t"));
        }
        Assert.NotEqual(0, Volatile.Read(ref failed));
        await stop.CancelAsync();
        await service;
    }

    [Fact]
    public async Task Who_has_returned_the_unit_is_named_while_still_connecting_and_the_next_test_is_not_blamed()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", new() { Workers = 1, NameConnections = true, FailOnLeak = true });
        var first = await databases.TakeAsync("starts a slow service");
        var late = new NpgsqlConnectionStringBuilder(first.ConnectionString);
        late.Options += " -c post_auth_delay=1";
        await first.DisposeAsync();
        await using var other = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(engine.Server.ConnectionString) { ApplicationName = "somebody else's", Pooling = false }.ConnectionString);
        await other.OpenAsync(Token);
        await using var innocent = await databases.TakeAsync("innocent");
        await using var connection = new NpgsqlConnection(late.ConnectionString);
        var connecting = connection.OpenAsync(Token);
        var report = await innocent.ReturnAsync();
        await connecting;
        Assert.Contains("'starts a slow service'", report.TaintedBy, StringComparison.Ordinal);
        Assert.Empty(report.Leaks);
    }
}
