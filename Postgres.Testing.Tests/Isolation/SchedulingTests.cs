using System.Collections.Concurrent;
using System.Transactions;
using Npgsql;
using Postgres.Testing.Tests.Servers;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>Who gets a unit when, and what happens to those who do not give theirs back.</summary>
public class SchedulingTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Schema = "create table t (x int)";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leases_wait_in_the_order_they_came()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        var held = await databases.TakeAsync("first");
        var order = new ConcurrentQueue<int>();
        async Task WaitAsync(int number)
        {
            await using var lease = await databases.TakeAsync($"waiter {number}");
            order.Enqueue(number);
        }
        Task[] waiters = [.. Enumerable.Range(1, 5).Select(WaitAsync)];
        await held.DisposeAsync();
        await Task.WhenAll(waiters);
        Assert.Equal([1, 2, 3, 4, 5], order);
    }

    [Fact]
    public async Task No_more_than_workers_lease_at_once()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 3 });
        var (running, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async number =>
        {
            await using var lease = await databases.TakeAsync($"test {number}");
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await lease.ExecuteAsync("insert into t values (1)");
            Assert.Equal(1L, await lease.ScalarAsync<long>("select count(*) from t"));
            Interlocked.Decrement(ref running);
        }));
        Assert.InRange(most, 1, 3); // how many met is the machine's affair

        static void InterlockedMax(ref int target, int value)
        {
            for (var seen = target; seen < value;) seen = Interlocked.CompareExchange(ref target, value, seen) is var was && was == seen ? value : was;
        }
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_costs_nobody_a_unit()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        var held = await databases.TakeAsync("holder");
        using var cancel = new CancellationTokenSource();
        var waiting = databases.LeaseAsync("impatient", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await held.DisposeAsync();
        await using var next = await databases.TakeAsync("next");
    }

    [Fact]
    public async Task A_wait_in_vain_names_who_holds_the_units()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, LeaseTimeout = TimeSpan.FromMilliseconds(50) });
        await using var held = await databases.TakeAsync("the holder");
        var exception = await Assert.ThrowsAsync<TimeoutException>(() => databases.TakeAsync("the waiter"));
        Assert.Contains("'the waiter' waited 0.1 s", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'the holder' (", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_never_returned_is_named_at_the_end_and_its_unit_is_gone()
    {
        var databases = await engine.DatabasesAsync(Schema, new() { Workers = 2 });
        var lost = await databases.TakeAsync("forgetful");
        await databases.TakeAsync("tidy").ContinueWith(async t => await (await t).DisposeAsync(), Token, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(async () => await databases.DisposeAsync());
        Assert.Contains("'forgetful' (", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("tidy", exception.Message, StringComparison.Ordinal);
        await using var look = await engine.DatabasesAsync(Schema);
        await using var db = await look.TakeAsync("look");
        Assert.False(await db.ScalarAsync<bool>($"select exists (select from pg_namespace where nspname = '{lost.SchemaName}')"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => databases.TakeAsync("too late"));
    }

    [Theory]
    [InlineData(TestIsolation.Schema)]
    [InlineData(TestIsolation.Database)]
    public async Task Databases_can_be_disposed_of_twice_and_twice_at_once(TestIsolation isolation)
    {
        var databases = await engine.DatabasesAsync(Schema, new() { Workers = 2, Isolation = isolation });
        var (one, two) = (await databases.TakeAsync("one"), await databases.TakeAsync("two"));
        await Task.WhenAll(one.DisposeAsync().AsTask(), two.DisposeAsync().AsTask());
        await Task.WhenAll(databases.DisposeAsync().AsTask(), databases.DisposeAsync().AsTask());
        await databases.DisposeAsync();
        await using var connection = new Npgsql.NpgsqlConnection(engine.Server.ConnectionString);
        await connection.OpenAsync(Token);
        Assert.Empty(await connection.ListAsync($"select name from postgres_testing.units where name in ('{one.Unit}', '{two.Unit}')"));
    }

    [Fact]
    public async Task With_a_clean_spare_a_disposal_does_not_wait_for_the_reset()
    {
        var (returned, reported) = (0, 0);
        await using var databases = await engine.DatabasesAsync(Schema, new()
        {
            Workers = 1,
            Spares = 1,
            Reported = _ =>
            {
                Thread.Sleep(20); // a disposal that waits, waits for this too
                Interlocked.Increment(ref reported);
            },
        });
        // The first lease has the spare made.
        await Eventually.TrueAsync(async () =>
        {
            var db = await databases.TakeAsync("test");
            Assert.Equal(0L, await db.ScalarAsync<long>("select count(*) from t"));
            await db.ExecuteAsync("insert into t values (1)");
            await db.DisposeAsync();
            return Volatile.Read(ref reported) < ++returned;
        });
    }

    [Fact]
    public async Task A_reset_runs_beside_the_next_test()
    {
        using var reset = new ManualResetEventSlim();
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 2, Spares = 0, Reported = r => { if (r.TestName == "slow") reset.Wait(Token); } });
        var (one, two) = (await databases.TakeAsync("one"), await databases.TakeAsync("slow"));
        await one.DisposeAsync();
        // Whoever reads the report is slow: with a clean unit at hand the disposal ends all the same.
        await two.DisposeAsync();
        await using (await databases.TakeAsync("next")) reset.Set();
    }

    [Fact]
    public async Task Idle_units_are_dropped_but_one()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 3, IdleTimeout = TimeSpan.FromMilliseconds(50) });
        TestDatabase[] leases = [await databases.TakeAsync("1"), await databases.TakeAsync("2"), await databases.TakeAsync("3")];
        var names = string.Join(',', leases.Select(l => $"'{l.SchemaName}'"));
        foreach (var lease in leases) await lease.ReturnAsync();
        await using var connection = new Npgsql.NpgsqlConnection(engine.Server.ConnectionString);
        await connection.OpenAsync(Token);
        while ((await connection.ListAsync($"select nspname::text from pg_namespace where nspname in ({names})")).Length > 1) await Task.Delay(10, Token);
        await using var again = await databases.TakeAsync("again");
    }

    [Fact]
    public async Task A_kept_unit_stays_as_the_test_left_it_and_another_takes_its_place()
    {
        await using var databases = await engine.DatabasesAsync(Schema);
        var failed = await databases.TakeAsync("failed");
        await failed.ExecuteAsync("insert into t values (42)");
        Assert.True((await failed.KeepAsync()).Kept);
        await failed.DisposeAsync();
        await using var next = await databases.TakeAsync("next");
        Assert.NotEqual(failed.Unit, next.Unit);
        Assert.Equal(42, await next.ScalarAsync<int>($"select x from {failed.SchemaName}.t"));
    }

    [Fact]
    public async Task Kept_units_count_among_the_connections_of_the_server()
    {
        // 10 connections, of which 3 are a superuser's: two units of 2 + 1 and 1 reserved are all of them.
        await using var server = await EmbeddedPostgres.StartAsync(new() { MaxConnections = 10 }, Token);
        await using var databases = await TestDatabases.CreateAsync(server, new() { Workers = 2, PoolSize = 2, ReservedConnections = 1 }, Token);
        var one = await databases.TakeAsync("one");
        var two = await databases.TakeAsync("two");
        await one.ExecuteAsync("select 1");
        await one.KeepAsync();
        await Servers.Eventually.TrueAsync(async () => await two.ScalarAsync<long>($"select count(*) from pg_stat_activity where application_name = '{one.Unit}'") == 0);
        var third = databases.TakeAsync("three");
        Assert.NotSame(third, await Task.WhenAny(third, Task.Delay(300, Token))); // another unit would be 3 connections more
        await two.DisposeAsync();
        await using var again = await third;
        Assert.Equal(two.Unit, again.Unit);
    }

    public static TheoryData<TestDatabasesOptions, string> Impossible => new()
    {
        { new() { Workers = 0 }, "Workers" }, { new() { Workers = int.MaxValue, Spares = 1 }, "Workers" }, { new() { Spares = -1 }, "Spares" },
        { new() { PoolSize = 0 }, "PoolSize" }, { new() { PoolSize = int.MaxValue }, "PoolSize" }, { new() { ReservedConnections = -1 }, "ReservedConnections" },
        { new() { LockTimeout = TimeSpan.FromSeconds(-1) }, "LockTimeout" }, { new() { LeaseTimeout = TimeSpan.MaxValue }, "LeaseTimeout" },
        { new() { IdleTimeout = TimeSpan.MaxValue }, "IdleTimeout" }, { new() { Isolation = (TestIsolation)99 }, "Isolation" }, { new() { Scenarios = null! }, "Scenarios" },
    };

    [Theory]
    [MemberData(nameof(Impossible), DisableDiscoveryEnumeration = true)]
    public async Task An_option_that_cannot_be_is_named(TestDatabasesOptions options, string name)
    {
        var exception = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.DatabasesAsync("create table t (x int)", options));
        Assert.StartsWith($"TestDatabasesOptions.{name} can be ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_ask_for_more_connections_than_there_are_say_so()
    {
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => engine.DatabasesAsync(Schema, new() { Workers = 30, PoolSize = 10 }));
        Assert.Contains("30 units (Workers 30 + Spares 0) of 10 + 1 connections each and 5 reserved are 335 connections", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Lower TestDatabasesOptions.Workers or PoolSize", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_in_the_migrations_is_the_one_that_is_thrown_and_leaves_nothing()
    {
        var exception = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => engine.DatabasesAsync("create table half (x int); select 1/0"));
        Assert.Equal("22012", exception.SqlState);
        await using var connection = new Npgsql.NpgsqlConnection(engine.Server.ConnectionString);
        await connection.OpenAsync(Token);
        Assert.Empty(await connection.ListAsync("select relname::text from pg_class where relname = 'half'"));
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("'; drop schema public cascade; --")]
    [InlineData("\u202Eright to left \"quoted\"")]
    [InlineData("ünïcödé 🦄 ünïcödé 🦄 ünïcödé 🦄 ünïcödé 🦄 ünïcödé 🦄 ünïcödé 🦄 ünïcödé")]
    [InlineData("")]
    public async Task Hostile_test_names_do_no_harm(string name)
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, NameConnections = true });
        var db = await databases.TakeAsync(name);
        Assert.Equal(db.ApplicationName, await db.ScalarAsync<string>("show application_name"));
        await db.ExecuteAsync("insert into t values (1)");
        var report = await db.ReturnAsync();
        Assert.Equal(name, report.TestName);
        Assert.Null(report.TaintedBy);
    }

    [Fact]
    public async Task The_sessions_of_a_test_can_carry_its_name()
    {
        await using var databases = await engine.DatabasesAsync(Schema, new() { Workers = 1, NameConnections = true });
        for (var round = 1; round <= 2; round++)
        {
            var db = await databases.TakeAsync($"My test, round {round}");
            Assert.Equal($"My test, round {round}", await db.ScalarAsync<string>("show application_name"));
            var connection = await db.DataSource.OpenConnectionAsync(Token);
            await EngineServer.ExecuteAsync(connection, "begin; insert into t values (1)", Token);
            Assert.Equal($"My test, round {round}", Assert.Single((await db.ReturnAsync()).Leaks).ApplicationName);
        }
    }

    [Fact]
    public async Task A_unit_that_is_made_within_a_transaction_of_a_test_is_no_part_of_it()
    {
        await using var databases = await engine.DatabasesAsync("create table t (i int)", new() { Workers = 2 });
        await using var first = await databases.TakeAsync("first");
        TestDatabase second;
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled)) second = await databases.TakeAsync("second"); // and is rolled back
        await using (second)
        {
            await second.ExecuteAsync("insert into t values (1)");
            Assert.Null((await second.ReturnAsync()).TaintedBy);
        }
    }

    [Fact]
    public async Task A_unit_that_cannot_be_made_fails_no_test_that_came_later()
    {
        var made = 0;
        var (begun, isWaiting) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var databases = await TestDatabases.CreateAsync(engine.Server, new()
        {
            Workers = 2,
            Spares = 1,
            Migrate = async (connection, token) =>
            {
                if (Interlocked.Increment(ref made) != 2) return;
                begun.SetResult();
                await isWaiting.Task.WaitAsync(token);
                throw new NpgsqlException("Out of something, for a moment.");
            },
        }, Token);
        await using var first = await databases.TakeAsync("first");
        await begun.Task.WaitAsync(Token);
        var second = databases.TakeAsync("second");
        isWaiting.SetResult();
        await (await second).DisposeAsync();
    }
}
