using System.Collections.Concurrent;
using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Habits;

abstract class PGliteHabit(string name, string description) : Habit(name, description, 4)
{
    readonly ConcurrentDictionary<PGliteHost, byte> running = [];

    public override Task<string?> MissingAsync(CancellationToken token) => Task.FromResult(PGliteHost.Missing());

    public override Task<long?> MemoryAsync(CancellationToken token)
        => Task.FromResult<long?>(running.Keys.Sum(host => ServerMemory.PssOfTree(host.ProcessId) ?? 0));

    protected async Task<PGliteHost> StartHostAsync(CancellationToken token)
    {
        var host = await PGliteHost.StartAsync(token);
        running[host] = 0;
        await AgentWorkload.MigrateAsync(host.Source, token);
        return host;
    }

    protected async Task EndAsync(PGliteHost host)
    {
        running.TryRemove(host, out _);
        await host.DisposeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var host in running.Keys) await host.DisposeAsync();
    }
}

sealed class PGlitePerTest() : PGliteHabit("pglite-per-test", "one PGlite (WebAssembly) per test, migrated")
{
    public override Task StartAsync(CancellationToken token) => Task.CompletedTask;

    public override async Task TestAsync(int lane, int number, CancellationToken token)
    {
        var host = await StartHostAsync(token);
        try
        {
            await AgentWorkload.RunAsync(host.Source, "agent", number, token);
        }
        finally
        {
            await EndAsync(host);
        }
    }

    public override async Task<int?> VectorRowsOf10Async(CancellationToken token) => await VectorCase.RowsOf10Async(async test =>
    {
        var host = await StartHostAsync(token);
        await using (var connection = await host.Source.OpenConnectionAsync(token)) await test(connection);
        await EndAsync(host);
    }, tests: 1, token);
}

sealed class PGlitePerWorker() : PGliteHabit("pglite-per-worker", "one PGlite per worker, each test in a transaction that is rolled back")
{
    readonly List<PGliteHost> lanes = [];

    public override string Workload => "its SQL";

    public override string Limits => "one session and one transaction: the agent, which has connections and transactions of its own, cannot live in it";

    public override async Task StartAsync(CancellationToken token)
        => lanes.AddRange(await Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => StartHostAsync(token))));

    public override Task TestAsync(int lane, int number, CancellationToken token) => InTransactionAsync(lane, connection => SqlWorkload.RunAsync(connection, token), token);

    public override async Task<int?> VectorRowsOf10Async(CancellationToken token)
        => await VectorCase.RowsOf10Async(test => InTransactionAsync(0, test, token), tests: 2, token);

    async Task InTransactionAsync(int lane, Func<NpgsqlConnection, Task> test, CancellationToken token)
    {
        await using var connection = await lanes[lane].Source.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        await test(connection);
        await transaction.RollbackAsync(token);
    }
}
