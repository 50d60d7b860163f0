using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Habits;

/// <summary>A habit on a PostgreSQL server that is started for the suite.</summary>
abstract class PostgresHabit(string name, string description, int parallel) : Habit(name, description, parallel)
{
    protected PostgresServer Server { get; private set; } = null!;

    public override async Task StartAsync(CancellationToken token) => Server = await EmbeddedPostgres.StartAsync(new() { Workers = Parallel }, token);

    public override Task<long?> MemoryAsync(CancellationToken token) => ServerMemory.ReadPssAsync(Server, token);

    public override async Task<int?> VectorRowsOf10Async(CancellationToken token)
        => await VectorCase.RowsOf10Async(test => InTestAsync(0, async source =>
        {
            await using var connection = await source.OpenConnectionAsync(token);
            await test(connection);
        }, token), tests: 3, token);

    public override Task TestAsync(int lane, int number, CancellationToken token)
        => InTestAsync(lane, source => AgentWorkload.RunAsync(source, "agent", number, token), token);

    protected abstract Task InTestAsync(int lane, Func<NpgsqlDataSource, Task> test, CancellationToken token);

    protected static NpgsqlDataSource Open(string connectionString, string? database = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = $"agent,{PostgresServer.ExtensionSchema}", MaxPoolSize = 4 };
        if (database is not null) builder.Database = database;
        return NpgsqlDataSource.Create(builder);
    }

    protected static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
    }
}

sealed class SharedByHand() : PostgresHabit("shared-by-hand", "one shared Postgres, one test after the other, DELETE at the end of each", 1)
{
    NpgsqlDataSource? source;

    public override async Task StartAsync(CancellationToken token)
    {
        await base.StartAsync(token);
        source = Open(Server.ConnectionString);
        await AgentWorkload.MigrateAsync(source, token);
    }

    protected override async Task InTestAsync(int lane, Func<NpgsqlDataSource, Task> test, CancellationToken token)
    {
        await test(source!);
        await ExecuteAsync(source!, "delete from users; delete from memories; alter sequence messages_id_seq restart");
    }

    public override async ValueTask DisposeAsync()
    {
        if (source is not null) await source.DisposeAsync();
        await base.DisposeAsync();
    }
}

sealed class DatabasePerTest() : PostgresHabit("database-per-test", "a fresh, migrated database per test on a Postgres in memory", 4)
{
    NpgsqlDataSource? admin;
    int count;

    public override async Task StartAsync(CancellationToken token)
    {
        await base.StartAsync(token);
        admin = NpgsqlDataSource.Create(Server.ConnectionString);
    }

    protected override async Task InTestAsync(int lane, Func<NpgsqlDataSource, Task> test, CancellationToken token)
    {
        var database = $"test_{Interlocked.Increment(ref count)}";
        await ExecuteAsync(admin!, $"create database {database}");
        await using (var source = Open(Server.ConnectionString, database))
        {
            await AgentWorkload.MigrateAsync(source, token);
            await test(source);
        }
        await ExecuteAsync(admin!, $"drop database {database} with (force)");
    }

    public override async ValueTask DisposeAsync()
    {
        if (admin is not null) await admin.DisposeAsync();
        await base.DisposeAsync();
    }
}

sealed class Recycling(string name, string description, TestIsolation isolation) : PostgresHabit(name, description, 4)
{
    TestDatabases? databases;

    public override string Workload => isolation == TestIsolation.Transaction ? "its SQL" : "agent";

    public override string Limits => isolation == TestIsolation.Transaction ? "one transaction: the agent, which has connections and transactions of its own, cannot live in it" : "";

    public override async Task StartAsync(CancellationToken token)
    {
        await base.StartAsync(token);
        databases = await TestDatabases.CreateAsync(Server, new() { Isolation = isolation, Workers = Parallel, Migrate = AgentWorkload.MigrateAsync }, token);
    }

    public override async Task TestAsync(int lane, int number, CancellationToken token)
    {
        await using var lease = await databases!.LeaseAsync($"test {number}", token);
        if (isolation == TestIsolation.Transaction) await SqlWorkload.RunAsync(lease.Connection, token);
        else await AgentWorkload.RunAsync(lease.DataSource, lease.SchemaName, number, token);
    }

    public override async Task<int?> VectorRowsOf10Async(CancellationToken token)
        => await VectorCase.RowsOf10Async(async test =>
        {
            await using var lease = await databases!.LeaseAsync("vector case", token);
            if (isolation == TestIsolation.Transaction)
            {
                await test(lease.Connection);
                return;
            }
            await using var connection = await lease.DataSource.OpenConnectionAsync(token);
            await test(connection);
        }, tests: 2 * Parallel, token);

    protected override Task InTestAsync(int lane, Func<NpgsqlDataSource, Task> test, CancellationToken token) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (databases is not null) await databases.DisposeAsync();
        await base.DisposeAsync();
    }
}
