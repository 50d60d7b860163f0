using Agent.Database;
using Agent.Tests.Hosting;
using Npgsql;
using Postgres.Testing;
using Postgres.Testing.Xunit;

namespace Agent.Tests.Migrations;

[PostgresTests(Isolation = TestIsolation.Database)]
public class MigratorTests(AgentDatabases databases) : DatabaseTest(databases)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    AgentDatabase Make(string schema, int partitions = 0) => new(new()
    {
        ConnectionString = Db.ConnectionString,
        SchemaName = schema,
        Type = DatabaseType.Test,
        Partitions = partitions,
        MaxPoolSize = 5,
    });

    static async Task<T> ScalarAsync<T>(AgentDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    [Theory]
    [InlineData("fresh")]
    [InlineData("With \"quotes\"; drop table users; --")]
    public async Task A_fresh_schema_gets_every_table_under_its_own_name(string schema)
    {
        await using var database = Make(schema);
        Assert.Equal(Migration.All.Count, await Migrator.MigrateAsync(database, Cancellation));
        var tables = await ScalarAsync<string[]>(database,
            "select array_agg(tablename::text order by tablename) from pg_tables where schemaname = current_schema()");
        Assert.Equal(["api_keys", "embedding_cache", "embedding_models", "idempotency_keys", "messages", "profile_changes", "profiles",
            "schema_migrations", "thread_summaries", "threads", "users", "vectors"], tables);
        Assert.Equal("vector(1536)", await ScalarAsync<string>(database,
            "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'vectors'::regclass and attname = 'embedding'"));
        Assert.Contains("USING hnsw (embedding vector_cosine_ops) WITH (ef_construction='200')", await ScalarAsync<string>(database,
            "select pg_get_indexdef('vectors_embedding'::regclass)"));
        // The extension lives outside of the schema.
        Assert.Equal("extensions", await ScalarAsync<string>(database,
            "select extnamespace::regnamespace::text from pg_extension where extname = 'vector'"));
    }

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        await using var database = Make("again");
        await Migrator.MigrateAsync(database, Cancellation);
        var before = await ScalarAsync<string>(database, "select string_agg(version || checksum || applied_at, ',' order by version) from schema_migrations");
        Assert.Equal(0, await Migrator.MigrateAsync(database, Cancellation));
        Assert.Equal(before, await ScalarAsync<string>(database, "select string_agg(version || checksum || applied_at, ',' order by version) from schema_migrations"));
    }

    [Fact]
    public async Task Replicas_that_start_together_migrate_once()
    {
        var replicas = Enumerable.Range(0, 6).Select(_ => Make("together")).ToList();
        var applied = await Task.WhenAll(replicas.Select(r => Task.Run(() => Migrator.MigrateAsync(r, Cancellation), Cancellation)));
        Assert.Equal(Migration.All.Count, applied.Sum());
        Assert.Single(applied, a => a > 0);
        foreach (var replica in replicas)
            await replica.DisposeAsync();
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_had_been_applied_is_refused()
    {
        await using var database = Make("tampered");
        await Migrator.MigrateAsync(database, Cancellation);
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancellation);
        var tampered = Migration.All.Select(m => m.Version == 2 ? m with { Script = m.Script + "-- changed\n" } : m).Select(m => new Migration(m.Version, m.Name, m.Script)).ToList();
        var error = await Assert.ThrowsAsync<DatabaseConfigurationException>(
            () => Migrator.MigrateAsync(connection, database.Config, tampered, Cancellation));
        Assert.Contains("0002_conversations", error.Message);
    }

    [Fact]
    public void Line_endings_do_not_change_a_checksum()
        => Assert.Equal(new Migration(1, "a", "select 1;\nselect 2;\n").Checksum, new Migration(1, "a", "select 1;\r\nselect 2;\r\n").Checksum);

    [Fact]
    public async Task A_schema_of_a_newer_agent_is_left_alone()
    {
        await using var database = Make("newer");
        await Migrator.MigrateAsync(database, Cancellation);
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancellation);
        var error = await Assert.ThrowsAsync<DatabaseConfigurationException>(
            () => Migrator.MigrateAsync(connection, database.Config, [.. Migration.All.SkipLast(1)], Cancellation));
        Assert.Contains("newer", error.Message);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind()
    {
        await using var database = Make("failing");
        await using var admin = await database.DataSource.OpenConnectionAsync(Cancellation);
        await admin.ExecuteAsync("create schema failing", Cancellation);
        await Assert.ThrowsAsync<PostgresException>(() => Migrator.MigrateAsync(
            admin, database.Config, [.. Migration.All, new Migration(99, "broken", "create table half (); select 1 / 0;")], Cancellation));
        Assert.Equal(0L, await ScalarAsync<long>(database, "select count(*) from pg_class where relnamespace = 'failing'::regnamespace"));
    }

    [Fact]
    public async Task The_extension_is_made_where_it_is_missing()
    {
        await using (var command = Db.DataSource.CreateCommand("drop extension vector cascade; drop schema extensions cascade"))
            await command.ExecuteNonQueryAsync(Cancellation);
        await using var database = Make("bare");
        Assert.Equal(Migration.All.Count, await Migrator.MigrateAsync(database, Cancellation));
    }

    [Fact]
    public async Task A_login_that_may_not_make_the_extension_is_told_what_a_superuser_must_run()
    {
        await using (var command = Db.DataSource.CreateCommand("""
            drop extension vector cascade;
            do $$ begin create role plain_login nologin; exception when duplicate_object then null; end $$;
            do $$ begin execute format('grant create on database %I to plain_login', current_database()); end $$
            """))
            await command.ExecuteNonQueryAsync(Cancellation);
        await using var connection = await Db.DataSource.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("set role plain_login", Cancellation);
        var config = Make("plain").Config with { ExtensionSchema = "plain_extensions" };
        var error = await Assert.ThrowsAsync<DatabaseConfigurationException>(() => Prerequisites.EnsureAsync(connection, config, Cancellation));
        Assert.Contains("create extension vector schema \"plain_extensions\"", error.Message);
    }

    [Fact]
    public async Task An_extension_elsewhere_is_named_with_both_ways_out()
    {
        await using (var command = Db.DataSource.CreateCommand("create schema elsewhere; alter extension vector set schema elsewhere"))
            await command.ExecuteNonQueryAsync(Cancellation);
        await using var database = Make("apart");
        var error = await Assert.ThrowsAsync<DatabaseConfigurationException>(() => Migrator.MigrateAsync(database, Cancellation));
        Assert.Contains("Database__ExtensionSchema=elsewhere", error.Message);
        Assert.Contains("alter extension vector set schema", error.Message);
    }

    [Fact]
    public async Task Messages_and_vectors_can_be_partitioned_by_user()
    {
        await using var database = Make("parts", partitions: 16);
        await Migrator.MigrateAsync(database, Cancellation);
        foreach (var table in new[] { "messages", "vectors" })
        {
            Assert.Equal("HASH (user_id)", await ScalarAsync<string>(database, $"select pg_get_partkeydef('{table}'::regclass)"));
            Assert.Equal(16L, await ScalarAsync<long>(database, $"select count(*) from pg_inherits where inhparent = '{table}'::regclass"));
        }
        // A partition is reached through its table or not at all.
        Assert.Equal(0L, await ScalarAsync<long>(database, """
            select count(*) from pg_class where relispartition and relkind = 'r' and relnamespace = current_schema()::regnamespace
                and not (relrowsecurity and relforcerowsecurity)
            """));
    }
}
