using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>Statements that fire no event trigger, or a peculiar one, and are too rare in random programs. Each is undone by the reset,
/// taints its unit, or is reported as wider than the unit.</summary>
public class EventlessChangeTests(EventlessChangeTests.Subject subject) : IClassFixture<EventlessChangeTests.Subject>
{
    const string Undone = "undone", Tainted = "tainted";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("reassign owned by oracle_owner to oracle_tenant", Tainted)]
    [InlineData("reassign owned by oracle_owner to oracle_tenant; reassign owned by oracle_tenant to oracle_reader", Tainted)]
    [InlineData("drop owned by oracle_reader", Tainted)]
    [InlineData("drop owned by oracle_caller", Tainted)]
    [InlineData("drop owned by oracle_watcher", Tainted)]
    [InlineData("drop owned by oracle_owner cascade", Tainted)]
    [InlineData("cluster author using author_pkey", Tainted)]
    [InlineData("create unique index concurrently broken on loose (a)", Tainted)]
    [InlineData("set session_replication_role = replica; create table unseen (id integer)", Tainted)]
    [InlineData("alter table author set tablespace pg_default", Tainted)]
    [InlineData("alter table all in tablespace pg_default set tablespace pg_default", Undone)]
    [InlineData("create statistics loose_both on a, n from loose", Tainted)]
    [InlineData("alter type mood rename value 'ok' to 'fine'", Tainted)]
    [InlineData("alter type pair add attribute c text", Tainted)]
    [InlineData("comment on constraint author_pkey on author is 'x'", Tainted)]
    [InlineData("grant usage on type mood to oracle_tenant", Tainted)]
    [InlineData("insert into postgres_testing.ddl (unit) values (current_setting('postgres_testing.unit'))", Tainted)] // DDL of which nothing else is known
    [InlineData("alter default privileges for role oracle_owner grant select on tables to oracle_reader", Tainted)]
    [InlineData("reindex table memory_small", Undone)]
    [InlineData("reindex table concurrently author", Undone)]
    [InlineData("vacuum full city", Undone)]
    [InlineData("vacuum (freeze) country", Undone)]
    [InlineData("insert into memory_small (embedding) values ('[1,1,1]'); reindex table memory_small", Undone)]
    [InlineData("select pg_stat_reset()", Undone)]
    [InlineData("select setval(pg_get_serial_sequence('city', 'id'), 50)", Undone)]
    [InlineData("truncate author restart identity cascade", Undone)]
    [InlineData("alter system set work_mem = '1MB'", "setting work_mem=1MB of the server", "alter system reset work_mem")]
    [InlineData("alter database postgres set work_mem = '1MB'", "setting work_mem=1MB in database postgres", "alter database postgres reset work_mem")]
    [InlineData("alter database postgres connection limit 90", "database postgres limit 90", "alter database postgres connection limit -1")]
    [InlineData("grant create on database postgres to oracle_reader", "oracle_reader=C", "revoke create on database postgres from oracle_reader")]
    [InlineData("comment on database postgres is 'ours'", "comment on database postgres", "comment on database postgres is 'default administrative connection database'")]
    [InlineData("comment on role oracle_reader is 'reads'", "comment on role oracle_reader", "comment on role oracle_reader is null")]
    [InlineData("alter role oracle_stranger rename to oracle_stranger_2", "role oracle_stranger_2", "alter role oracle_stranger_2 rename to oracle_stranger")]
    [InlineData("alter role oracle_reader in database postgres set work_mem = '1MB'", "of role oracle_reader in database postgres", "alter role oracle_reader in database postgres reset work_mem")]
    [InlineData("grant oracle_tenant to oracle_reader", "membership of oracle_reader in oracle_tenant", "revoke oracle_tenant from oracle_reader")]
    [InlineData("create database oracle_other", "database oracle_other", "drop database oracle_other")]
    [InlineData("grant create on tablespace pg_default to oracle_reader", "tablespace pg_default", "revoke create on tablespace pg_default from oracle_reader")]
    [InlineData("alter event trigger postgres_testing_ddl disable", "event trigger postgres_testing_ddl", "alter event trigger postgres_testing_ddl enable always")]
    [InlineData("select lo_create(4712)", "large object 4712", "select lo_unlink(4712)")]
    [InlineData("select pg_replication_origin_create('oracle')", "replication origin oracle", "select pg_replication_origin_drop('oracle')")]
    public async Task The_next_lease_does_not_see(string change, string outcome, string? undo = null)
    {
        LeaseReport report;
        await using (var lease = await subject.Databases.LeaseAsync("change", Token))
        {
            await using (var session = await lease.DataSource.OpenConnectionAsync(Token))
                foreach (var statement in change.Split("; "))
                    try
                    {
                        await NastySchema.RunAsync(session, statement, Token);
                    }
                    catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
                    {
                        // The index that could not be made stays, invalid.
                    }
            report = await lease.ReturnAsync();
        }
        string difference;
        await using (var next = await subject.Databases.LeaseAsync("next", Token))
        {
            difference = SchemaDigest.Difference(subject.Fresh, await SchemaDigest.ReadAsync(subject.Observer, next.SchemaName, Token));
            // What was missed must not fail the other cases, too.
            if (difference.Length > 0) await NastySchema.RunAsync(subject.Observer, $"create table {next.SchemaName}.missed ()", Token);
        }
        if (undo is not null) await NastySchema.RunAsync(subject.Observer, undo, Token);
        Assert.Equal("", difference);
        if (outcome == Tainted) Assert.NotNull(report.TaintedBy);
        else if (outcome == Undone) Assert.Null(report.TaintedBy);
        else Assert.Contains(report.Escapes, e => e.Contains(outcome, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("reassign owned by oracle_owner to oracle_tenant")]
    [InlineData("create table more (id integer); reassign owned by oracle_owner to oracle_tenant")]
    [InlineData("create table more (id integer); reassign owned by oracle_owner to postgres")]
    [InlineData("cluster t using t_pkey; reassign owned by oracle_owner to oracle_tenant")]
    [InlineData("drop owned by oracle_watcher")]
    public async Task What_reaches_all_units_does_not_stay_in_those_that_lie_ready(string change)
    {
        const string policy = "create table t (id integer primary key); alter table t owner to oracle_owner; create policy watched on t to oracle_watcher, oracle_tenant using (true)";
        await using var databases = await TestDatabases.CreateAsync(subject.Server, new()
        {
            Migrate = (connection, token) => NastySchema.RunAsync(connection, policy, token),
            Workers = 3,
        }, Token);
        List<TestDatabase> first = [];
        for (var i = 0; i < 3; i++) first.Add(await databases.LeaseAsync("first", Token));
        var fresh = await SchemaDigest.ReadAsync(subject.Observer, first[0].SchemaName, Token);
        foreach (var lease in first) Assert.Null((await lease.ReturnAsync()).TaintedBy); // all lie ready, rather than being reset beside the next test
        var culprit = await databases.LeaseAsync("culprit", Token);
        await culprit.DataSource.CreateCommand(change).ExecuteNonQueryAsync(Token);
        Assert.Contains("OWNED", (await culprit.ReturnAsync()).TaintedBy, StringComparison.Ordinal);
        List<TestDatabase> next = [];
        for (var i = 0; i < 3; i++) next.Add(await databases.LeaseAsync("next", Token));
        foreach (var lease in next)
        {
            Assert.Equal("", SchemaDigest.Difference(fresh, await SchemaDigest.ReadAsync(subject.Observer, lease.SchemaName, Token)));
            await lease.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("drop owned by oracle_watcher")]
    [InlineData("reassign owned by oracle_owner to oracle_tenant")]
    public async Task What_reaches_all_units_does_not_stay_in_those_of_another_pool(string change)
    {
        const string policy = "create table t (); alter table t owner to oracle_owner; create policy watched on t to oracle_watcher, oracle_tenant using (true)";
        var options = new TestDatabasesOptions { Migrate = (connection, token) => NastySchema.RunAsync(connection, policy, token), Workers = 1 };
        await using var other = await TestDatabases.CreateAsync(subject.Server, options, Token);
        string[] fresh;
        await using (var lease = await other.LeaseAsync("first", Token)) fresh = await SchemaDigest.ReadAsync(subject.Observer, lease.SchemaName, Token);
        await using (var databases = await TestDatabases.CreateAsync(subject.Server, options, Token))
        await using (var culprit = await databases.LeaseAsync("culprit", Token))
        {
            await culprit.DataSource.CreateCommand(change).ExecuteNonQueryAsync(Token);
            await culprit.ReturnAsync();
        }
        await using var next = await other.LeaseAsync("next", Token);
        Assert.Equal("", SchemaDigest.Difference(fresh, await SchemaDigest.ReadAsync(subject.Observer, next.SchemaName, Token)));
        Assert.Null((await next.ReturnAsync()).TaintedBy);
    }

    [Fact]
    public async Task What_reaches_all_units_does_not_stay_in_the_first_of_a_pool_that_is_being_made()
    {
        const string policy = "create table t (); create policy watched on t to oracle_watcher, oracle_tenant using (true)";
        var options = new TestDatabasesOptions { Migrate = (connection, token) => NastySchema.RunAsync(connection, policy, token), Workers = 1 };
        await using var databases = await TestDatabases.CreateAsync(subject.Server, options, Token);
        var culprit = await databases.LeaseAsync("culprit", Token);
        var fresh = await SchemaDigest.ReadAsync(subject.Observer, culprit.SchemaName, Token);
        var isFirst = true;
        await using var other = await TestDatabases.CreateAsync(subject.Server, options with
        {
            Migrate = async (connection, token) =>
            {
                await NastySchema.RunAsync(connection, policy, token);
                if (!isFirst) return;
                isFirst = false;
                await culprit.DataSource.CreateCommand("drop owned by oracle_watcher").ExecuteNonQueryAsync(token);
                await culprit.ReturnAsync();
            },
        }, Token);
        Assert.False(isFirst);
        await using var lease = await other.LeaseAsync("next", Token);
        Assert.Equal("", SchemaDigest.Difference(fresh, await SchemaDigest.ReadAsync(subject.Observer, lease.SchemaName, Token)));
    }

    [Fact]
    public async Task What_reaches_all_units_does_not_stay_in_one_that_is_being_reset()
    {
        await using var databases = await TestDatabases.CreateAsync(subject.Server, new()
        {
            Migrate = (connection, token) => NastySchema.RunAsync(connection,
                "create table many (); create function owned() returns int language sql return 1; alter function owned() owner to oracle_owner", token),
            Workers = 2,
        }, Token);
        var (victim, culprit) = (await databases.LeaseAsync("victim", Token), await databases.LeaseAsync("culprit", Token));
        var fresh = await SchemaDigest.ReadAsync(subject.Observer, victim.SchemaName, Token);
        // Its reset has looked at the owners long before it has counted these rows.
        await victim.DataSource.CreateCommand("insert into many select from generate_series(1, 2000000)").ExecuteNonQueryAsync(Token);
        await using (var session = await culprit.DataSource.OpenConnectionAsync(Token))
        {
            var reset = victim.ReturnAsync();
            while (!reset.IsCompleted && !await IsResettingAsync()) { }
            await NastySchema.RunAsync(session, "reassign owned by oracle_owner to oracle_tenant", Token);
            await session.CloseAsync();
            await culprit.ReturnAsync();
            await reset;
        }
        List<TestDatabase> next = [await databases.LeaseAsync("next", Token), await databases.LeaseAsync("next", Token)];
        foreach (var lease in next)
        {
            Assert.Equal("", SchemaDigest.Difference(fresh, await SchemaDigest.ReadAsync(subject.Observer, lease.SchemaName, Token)));
            await lease.DisposeAsync();
        }

        async Task<bool> IsResettingAsync()
        {
            await using var command = new NpgsqlCommand("select exists (select from pg_stat_activity where state = 'active' and query like 'select state, detail%')", subject.Observer);
            return (bool)(await command.ExecuteScalarAsync(Token))!;
        }
    }

    /// <summary>A pool with one unit, and what that looks like when fresh.</summary>
    public sealed class Subject : IAsyncLifetime
    {
        const string Roles = "create role oracle_caller; create role oracle_watcher; create role oracle_stranger";
        const string Grants = """
            do $$ begin execute format('alter default privileges in schema %I grant execute on functions to oracle_caller, oracle_reader', current_schema()); end $$;
            create policy watched on scratch to oracle_watcher, oracle_tenant using (true);
            """;

        public EmbeddedPostgres Server { get; private set; } = null!;

        public TestDatabases Databases { get; private set; } = null!;

        public NpgsqlConnection Observer { get; private set; } = null!;

        internal string[] Fresh { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            Server = await EmbeddedPostgres.StartAsync(cancellationToken: Token);
            Observer = new(new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Pooling = false }.ConnectionString);
            await Observer.OpenAsync(Token);
            await NastySchema.RunAsync(Observer, NastySchema.Roles + Roles, Token);
            Databases = await TestDatabases.CreateAsync(Server, NastySchema.Options with
            {
                Migrate = async (connection, token) =>
                {
                    await NastySchema.Options.Migrate!(connection, token);
                    await NastySchema.RunAsync(connection, Grants, token);
                },
            }, Token);
            await using var lease = await Databases.LeaseAsync("fresh", Token);
            Fresh = await SchemaDigest.ReadAsync(Observer, lease.SchemaName, Token);
        }

        public async ValueTask DisposeAsync()
        {
            await Databases.DisposeAsync();
            await Observer.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
