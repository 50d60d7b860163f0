using Npgsql;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>Several runs on one server, at once and one after the other.</summary>
public class KeptServerTests(EngineServer engine) : IClassFixture<EngineServer>
{
    int migrations;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    Task<TestDatabases> RunAsync(string? key, TestIsolation isolation = TestIsolation.Schema, int workers = 1) => TestDatabases.CreateAsync(engine.Server, new()
    {
        Workers = workers,
        TemplateKey = key,
        Isolation = isolation,
        Migrate = (connection, token) =>
        {
            Interlocked.Increment(ref migrations);
            return EngineServer.ExecuteAsync(connection, "create table t (id int generated always as identity, x int); create table s (x int)", token);
        },
        Seed = (connection, token) => EngineServer.ExecuteAsync(connection, "insert into s values (1), (2); insert into t (x) values (0)", token),
    }, Token);

    [Theory]
    [InlineData(TestIsolation.Schema)]
    [InlineData(TestIsolation.Database)]
    public async Task A_later_run_takes_over_what_an_earlier_one_migrated(TestIsolation isolation)
    {
        var key = Guid.NewGuid().ToString();
        string unit;
        await using (var first = await RunAsync(key, isolation))
        {
            await using var db = await first.TakeAsync("first");
            unit = db.Unit;
            await db.ExecuteAsync("insert into t (x) values (1); delete from s");
        }
        await using var second = await RunAsync(key, isolation);
        await using var again = await second.TakeAsync("second");
        Assert.Equal(unit, again.Unit);
        Assert.Equal(1, migrations);
        Assert.Equal(2L, await again.ScalarAsync<long>("select count(*) from s"));
        await again.ExecuteAsync("insert into t (x) values (2)");
        Assert.Equal(2, await again.ScalarAsync<int>("select max(id) from t"));
    }

    [Fact]
    public async Task A_unit_that_one_run_drops_is_not_taken_over_by_another_that_begins()
    {
        for (var round = 0; round < 10; round++)
        {
            var key = Guid.NewGuid().ToString();
            var ending = await RunAsync(key, workers: 4);
            foreach (var lease in await Task.WhenAll(Enumerable.Range(0, 4).Select(i => ending.TakeAsync($"kept {i}")))) await lease.KeepAsync();
            var end = ending.DisposeAsync().AsTask();
            await using (var next = await RunAsync(key, workers: 4))
            {
                var leases = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => next.TakeAsync($"next {i}")));
                await Task.WhenAll(leases.Select(lease => lease.DisposeAsync().AsTask()));
            }
            await end;
        }
    }

    [Theory]
    [InlineData(TestIsolation.Schema)]
    [InlineData(TestIsolation.Database)]
    public async Task A_later_run_can_lease_the_scenarios_of_an_earlier_one(TestIsolation isolation)
    {
        var key = Guid.NewGuid().ToString();
        for (var run = 0; run < 3; run++)
        {
            await using var databases = await TestDatabases.CreateAsync(engine.Server, new()
            {
                Workers = 1,
                TemplateKey = key,
                Isolation = isolation,
                Migrate = (connection, token) => EngineServer.ExecuteAsync(connection, "create table t (x int)", token),
                Scenarios = new Dictionary<string, Func<NpgsqlConnection, CancellationToken, Task>> { ["one"] = (connection, token) => EngineServer.ExecuteAsync(connection, "insert into t values (1)", token) },
            }, Token);
            await using var db = await databases.TakeAsync("scenario", "one");
            Assert.Equal(1L, await db.ScalarAsync<long>("select count(*) from t"));
        }
    }

    [Fact]
    public async Task A_unit_that_somebody_dropped_is_made_anew()
    {
        var key = Guid.NewGuid().ToString();
        string unit;
        await using (var first = await RunAsync(key, TestIsolation.Database)) unit = (await NameAsync(first)).Unit;
        await using (var connection = new NpgsqlConnection(engine.Server.ConnectionString))
        {
            await connection.OpenAsync(Token);
            await EngineServer.ExecuteAsync(connection, $"drop database {unit} with (force)", Token);
        }
        await using var second = await RunAsync(key, TestIsolation.Database);
        Assert.NotEqual(unit, (await NameAsync(second)).Unit);
    }

    [Fact]
    public async Task Another_key_means_other_units()
    {
        string unit;
        await using (var first = await RunAsync("one " + engine.GetHashCode())) unit = (await NameAsync(first)).Unit;
        await using var second = await RunAsync("two " + engine.GetHashCode());
        Assert.NotEqual(unit, (await NameAsync(second)).Unit);
        Assert.Equal(2, migrations);
    }

    [Theory]
    [InlineData(TestIsolation.Schema)]
    [InlineData(TestIsolation.Database)]
    public async Task Units_that_migrations_left_behind_are_dropped_once_nobody_uses_them(TestIsolation isolation)
    {
        var key = Guid.NewGuid().ToString();
        await using var busy = await RunAsync($"{key} in use", isolation);
        List<string> units = [];
        for (var change = 1; change <= 4; change++)
        {
            await using var run = await RunAsync($"{key} {change}", isolation);
            units.Add((await NameAsync(run)).Unit);
        }
        await using (var again = await RunAsync($"{key} 2", isolation)) Assert.Equal(units[1], (await NameAsync(again)).Unit);
        await using var last = await RunAsync($"{key} 5", isolation);
        await using var admin = new NpgsqlConnection(engine.Server.ConnectionString);
        await admin.OpenAsync(Token);
        var left = await admin.ListAsync("select nspname::text from pg_namespace union all select datname::text from pg_database");
        Assert.Equal([units[1], units[3]], units.Where(left.Contains)); // the last two that were used
        await using var db = await busy.TakeAsync("in use all the time");
        Assert.Contains(db.Unit, left);
    }

    [Fact]
    public async Task Each_claim_has_a_key_of_its_own_which_shows_that_it_is_one()
    {
        var keys = string.Join(", ", Enumerable.Range(0, 1000).Select(number => $"({UnitFactory.Key($"test_0123456789_{number}")})"));
        await using var admin = new NpgsqlConnection(engine.Server.ConnectionString);
        await admin.OpenAsync(Token);
        Assert.Equal(["1000 t"], await admin.ListAsync($"select concat_ws(' ', count(distinct k), bool_and(k >> 32 between 1885798400 and 1885863935)) from (values {keys}) v(k)"));
    }

    [Fact]
    public async Task Runs_at_the_same_time_do_not_share_units()
    {
        var key = Guid.NewGuid().ToString();
        await using var first = await RunAsync(key);
        await using var second = await RunAsync(key);
        await using var one = await first.TakeAsync("one");
        await using var two = await second.TakeAsync("two");
        Assert.NotEqual(one.Unit, two.Unit);
    }

    [Fact]
    public async Task Runs_that_begin_at_the_same_time_do_not_collide()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(null)));
        foreach (var run in runs) await run.DisposeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("kept")]
    public async Task What_a_crashed_run_had_is_swept_or_taken_over_clean(string? key)
    {
        if (key is not null) key += Guid.NewGuid();
        var crashed = await RunAsync(key);
        var db = await crashed.TakeAsync("crashes");
        await db.ExecuteAsync("insert into t (x) values (1); delete from s");
        // What the end of a process means to the server: its sessions are gone, nothing else has happened.
        await using var admin = new NpgsqlConnection(engine.Server.ConnectionString);
        await admin.OpenAsync(Token);
        await EngineServer.ExecuteAsync(admin, $"""
            select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory'
                and ((classid::bigint << 32) | objid::bigint) = {UnitFactory.Key(db.Unit)}
            """, Token);
        await using var next = await RunAsync(key);
        await using var lease = await next.TakeAsync("next");
        Assert.Equal(2L, await lease.ScalarAsync<long>("select count(*) from s"));
        Assert.Equal(1L, await lease.ScalarAsync<long>("select count(*) from t"));
        if (key is null) Assert.Empty(await admin.ListAsync($"select nspname::text from pg_namespace where nspname = '{db.Unit}'"));
        else Assert.Equal(db.Unit, lease.Unit);
    }

    [Fact]
    public async Task Private_units_are_gone_at_the_end_with_all_that_belonged_to_them()
    {
        string unit;
        await using (var run = await RunAsync(null)) unit = (await NameAsync(run)).Unit;
        await using var admin = new NpgsqlConnection(engine.Server.ConnectionString);
        await admin.OpenAsync(Token);
        Assert.Empty(await admin.ListAsync($"""
            select nspname::text from pg_namespace where nspname = '{unit}'
            union all select relname::text from pg_class where starts_with(relname, '{unit}')
            union all select proname::text from pg_proc where starts_with(proname, '{unit}')
            union all select name from postgres_testing.units where name = '{unit}'
            """));
    }

    [Fact]
    public async Task An_extension_that_cannot_be_moved_out_of_the_unit_is_refused_with_what_to_write()
    {
        var refused = await Assert.ThrowsAsync<PostgresTestingException>(() => engine.DatabasesAsync("create extension if not exists xml2"));
        const string Advice = "create schema if not exists extensions; create extension if not exists xml2 schema extensions";
        Assert.Contains($"`{Advice}`", refused.Message, StringComparison.Ordinal);
        await using var databases = await engine.DatabasesAsync(Advice, new() { Workers = 2 });
        await using var one = await databases.TakeAsync("one");
        await using var two = await databases.TakeAsync("two");
        Assert.True(await two.ScalarAsync<bool>("select xml_valid('<a/>')"));
    }

    [Fact]
    public async Task An_extension_that_a_migration_makes_is_there_for_all_units()
    {
        await using var databases = await engine.DatabasesAsync("create extension if not exists citext; create table names (n citext)", new() { Workers = 2 });
        await using var one = await databases.TakeAsync("one");
        await using var two = await databases.TakeAsync("two");
        foreach (var db in new[] { one, two }) Assert.True(await db.ScalarAsync<bool>("select 'A'::citext = 'a'::citext"));
        Assert.Null((await one.ReturnAsync()).TaintedBy);
    }

    static async Task<TestDatabase> NameAsync(TestDatabases databases)
    {
        var db = await databases.TakeAsync("name");
        await db.ReturnAsync();
        return db;
    }
}
