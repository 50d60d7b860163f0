namespace Postgres.Testing.Tests.Isolation;

/// <summary>What the levels beside schemas give, and what they refuse.</summary>
public class LevelTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Schema = """
        create schema billing; create table billing.invoices (id int generated always as identity primary key, total numeric);
        create table public.users (id serial primary key, name text); create table public.countries (code text primary key);
        create table public.memory (e vector(3)); create index on public.memory using hnsw (e vector_l2_ops);
        """;
    const string DatabaseWide = """
        select lo_from_bytea(4711, 'seeded'); create function no_event() returns event_trigger language plpgsql as $$ begin null; end $$;
        create event trigger own_event on sql_drop execute function no_event();
        """;
    const string Seed = "insert into countries values ('nl')";

    static readonly TestDatabasesOptions Database = new() { Workers = 2, Isolation = TestIsolation.Database };
    static readonly TestDatabasesOptions Transaction = new() { Workers = 1, Isolation = TestIsolation.Transaction };

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_unit_has_hard_coded_schemas_of_its_own_and_is_recycled()
    {
        await using var databases = await engine.DatabasesAsync(Schema, Database, Seed);
        await using var beside = await databases.TakeAsync("beside");
        string? unit = null;
        for (var round = 0; round < 3; round++)
        {
            var db = await databases.TakeAsync("database");
            Assert.Equal(unit ??= db.Unit, db.Unit);
            Assert.Equal(db.Unit, await db.ScalarAsync<string>("select current_database()"));
            Assert.Equal(0L, await db.ScalarAsync<long>("select count(*) from billing.invoices"));
            Assert.Equal(1L, await db.ScalarAsync<long>("select count(*) from countries"));
            await db.ExecuteAsync("insert into billing.invoices (total) values (1); insert into users (name) values ('a'); delete from countries; insert into memory values ('[1,2,3]')");
            Assert.Equal(1, await db.ScalarAsync<int>("select max(id) from billing.invoices"));
            var report = await db.ReturnAsync();
            Assert.Null(report.TaintedBy);
            // The second one is the look that connections of other tests cause.
            Assert.InRange(report.RoundTrips, 1, 2);
        }
        Assert.NotEqual(unit, beside.Unit);
    }

    [Fact]
    public async Task Settings_that_migrations_make_for_their_database_hold_in_every_clone()
    {
        const string Settings = """
            do $$ begin
                execute format('alter database %I set search_path = billing, public', current_database());
                execute format('alter database %I set TimeZone = %L', current_database(), 'Asia/Tokyo');
                execute format('alter database %I set application.motto = %L', current_database(), 'back\slash and ''quote''');
            end $$;
            """;
        await using var databases = await engine.DatabasesAsync(Schema + Settings, Database);
        for (var round = 0; round < 2; round++)
        {
            var db = await databases.TakeAsync("settings");
            Assert.Equal(0L, await db.ScalarAsync<long>("select count(*) from invoices"));
            Assert.Equal("Asia/Tokyo", await db.ScalarAsync<string>("show timezone"));
            Assert.Equal("back\\slash and 'quote'", await db.ScalarAsync<string>("select current_setting('application.motto')"));
            Assert.Null((await db.ReturnAsync()).TaintedBy);
        }
    }

    [Theory]
    [InlineData("create schema more")]
    [InlineData("alter table billing.invoices add note text")]
    [InlineData("create extension citext")]
    [InlineData("select lo_create(0)")]
    [InlineData("select lo_put(4711, 0, 'changed')")]
    [InlineData("do $$ begin execute format('alter database %I set work_mem = %L', current_database(), '2MB'); end $$")]
    [InlineData("do $$ begin execute format('alter role current_user in database %I set work_mem = %L', current_database(), '2MB'); end $$")]
    [InlineData("do $$ begin execute format('grant create on database %I to public', current_database()); end $$")]
    [InlineData("do $$ begin execute format('comment on database %I is %L', current_database(), 'x'); end $$")]
    [InlineData("alter event trigger own_event disable")]
    public async Task Changes_wider_than_tables_have_a_database_unit_rebuilt(string sql)
    {
        await using var databases = await engine.DatabasesAsync(Schema + DatabaseWide, Database with { Workers = 1 }, Seed);
        var db = await databases.TakeAsync("database-wide");
        await db.ExecuteAsync(sql);
        Assert.NotNull((await db.ReturnAsync()).TaintedBy);
        await using var next = await databases.TakeAsync("next");
        Assert.NotEqual(db.Unit, next.Unit);
        Assert.Equal(0L, await next.ScalarAsync<long>("""
            select (select count(*) from pg_namespace where nspname = 'more') + (select count(*) from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database()))
                + (select count(*) from pg_database where datname = current_database() and (datacl is not null or shobj_description(oid, 'pg_database') is not null))
                + (select count(*) from pg_event_trigger where evtenabled = 'D') + (select count(*) from pg_largeobject_metadata where oid <> 4711 or lo_get(oid) <> 'seeded')
            """));
        var report = await next.ReturnAsync();
        Assert.Null(report.TaintedBy);
        Assert.Empty(report.Escapes);
    }

    [Fact]
    public async Task What_a_test_does_to_its_own_database_is_no_escape()
    {
        await using var databases = await engine.DatabasesAsync(Schema, Database with { Audit = TestAudit.Fail });
        await using var db = await databases.TakeAsync("schemas");
        await db.ExecuteAsync("create schema other; create table other.t (x int); create extension hstore schema extensions");
        var report = await db.ReturnAsync();
        Assert.Empty(report.Escapes);
        Assert.NotNull(report.TaintedBy);
    }

    [Fact]
    public async Task Databases_and_their_template_are_gone_at_the_end()
    {
        string unit;
        await using (var databases = await engine.DatabasesAsync(Schema, Database))
        {
            await using var db = await databases.TakeAsync("database");
            unit = db.Unit;
        }
        await using var connection = new Npgsql.NpgsqlConnection(engine.Server.ConnectionString);
        await connection.OpenAsync(Token);
        Assert.Empty(await connection.ListAsync($"select datname::text from pg_database where starts_with(datname, '{unit[..15]}')"));
    }

    [Fact]
    public async Task A_transaction_unit_sees_its_own_rows_and_leaves_none()
    {
        await using var databases = await engine.DatabasesAsync("create table t (id int generated always as identity, x int)", Transaction);
        for (var round = 0; round < 2; round++)
        {
            await using var db = await databases.TakeAsync("transaction");
            await EngineServer.ExecuteAsync(db.Connection, "insert into t (x) values (1); create table made (x int)", Token);
            Assert.Equal("1", (await db.Connection.ListAsync("select count(*) || '' from t where id = 1")).Single());
            Assert.Equal(1, Assert.Single(await db.ChangesAsync(Token)).Rows);
            var report = await db.ReturnAsync();
            Assert.Null(report.TaintedBy);
            Assert.Empty(report.Leaks);
        }
    }

    [Fact]
    public async Task Nested_transactions_are_savepoints()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int primary key)", Transaction);
        await using var db = await databases.TakeAsync("nested");
        await EngineServer.ExecuteAsync(db.Connection, "insert into t values (1)", Token);
        await using (await db.BeginNestedAsync(Token)) await EngineServer.ExecuteAsync(db.Connection, "insert into t values (2)", Token);
        await using (var kept = await db.BeginNestedAsync(Token))
        {
            await EngineServer.ExecuteAsync(db.Connection, "insert into t values (3)", Token);
            await kept.CommitAsync(Token);
        }
        await using (var failed = await db.BeginNestedAsync(Token))
            await Assert.ThrowsAsync<Npgsql.PostgresException>(() => EngineServer.ExecuteAsync(db.Connection, "insert into t values (3)", Token));
        Assert.Equal(["1", "3"], await db.Connection.ListAsync("select x from t order by x"));
    }

    [Fact]
    public async Task A_test_that_commits_its_transaction_is_cleaned_up_after_too()
    {
        await using var databases = await engine.DatabasesAsync("create table t (x int)", Transaction);
        await using (var db = await databases.TakeAsync("commits"))
        {
            await EngineServer.ExecuteAsync(db.Connection, "insert into t values (1)", Token);
            await db.Transaction.CommitAsync(Token);
        }
        await using var next = await databases.TakeAsync("next");
        Assert.Equal(["0"], await next.Connection.ListAsync("select count(*) from t"));
    }

    [Fact]
    public async Task Levels_refuse_what_they_cannot_give()
    {
        await using var transactions = await engine.DatabasesAsync("create table t (x int)", Transaction);
        await using var transaction = await transactions.TakeAsync("one connection");
        Assert.Contains("TestIsolation.Schema", Assert.Throws<InvalidOperationException>(() => transaction.DataSource).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => transaction.ConnectionString);
        await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.SnapshotAsync("s", Token));
        await using var schemas = await engine.DatabasesAsync("create table t (x int)");
        await using var schema = await schemas.TakeAsync("many connections");
        Assert.Contains("DataSource", Assert.Throws<InvalidOperationException>(() => schema.Connection).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => schema.BeginNestedAsync(Token));
        await schema.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => schema.DataSource);
    }
}
