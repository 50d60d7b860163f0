using Notes.Tests;
using Npgsql;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.XunitLayer;

public class NeighbourSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public async Task Works()
    {
        await using var command = Db.DataSource.CreateCommand("insert into notes (body, embedding) values ('one', '[1, 2, 3]')");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>Tests that never end by themselves.</summary>
[TestCaseOrderer(typeof(ByName))]
[PostgresTests(Limit = 1)]
public class EndlessSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public async Task A_waits_for_a_query() => await ExecuteAsync("select pg_sleep(600)", CancellationToken.None);

    [SampleFact]
    public async Task B_waits_for_its_token() => await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);

    [SampleFact]
    public async Task C_begins_a_query_after_its_limit()
    {
        while (!TestContext.Current.CancellationToken.IsCancellationRequested) await Task.Delay(10, CancellationToken.None);
        await Task.Delay(500, CancellationToken.None);
        await ExecuteAsync("select pg_sleep(600)", CancellationToken.None);
    }

    protected async Task ExecuteAsync(string sql, CancellationToken token)
    {
        await using var command = Db.DataSource.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(token);
    }
}

/// <summary>A test with xunit's own limit.</summary>
public class TimeoutSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact(Timeout = 6000)]
    public async Task Waits_for_a_query()
    {
        await using var command = Db.DataSource.CreateCommand("insert into notes (body, embedding) values ('one', '[1, 2, 3]'); select pg_sleep(600)");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    [SampleFact]
    public void Works() => Assert.NotNull(Db);
}

/// <summary>A test that ends as it is cut off, and the one that has its unit next.</summary>
[TestCaseOrderer(typeof(ByName))]
[PostgresTests(Limit = 3)]
public class CutOffSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public async Task A_ends_at_its_limit() => await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [SampleFact]
    public async Task B_works()
    {
        await using var command = Db.DataSource.CreateCommand("select pg_sleep(0.5)");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>Tests that leave threads behind, and one that does not.</summary>
public class ThreadSample(NotesDatabases databases) : DatabaseTest(databases)
{
    static readonly ManualResetEventSlim Never = new();

    [SampleFact]
    public void Leaves_a_thread()
    {
        // A thread belongs to the test from its first line on.
        using var running = new SemaphoreSlim(0);
        new Thread(() => { running.Release(); Never.Wait(); }) { IsBackground = true, Name = "forgotten" }.Start();
        running.Wait(TestContext.Current.CancellationToken);
    }

    [SampleFact]
    public async Task Leaves_a_task()
    {
        using var started = new SemaphoreSlim(0);
        _ = Task.Run(() => { started.Release(); Never.Wait(); }, CancellationToken.None);
        await started.WaitAsync(TestContext.Current.CancellationToken);
    }

    [SampleFact]
    public async Task Ends_what_it_starts()
    {
        var thread = new Thread(() => Thread.Sleep(1));
        thread.Start();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => { await Task.Yield(); Thread.Sleep(1); }, TestContext.Current.CancellationToken)));
        thread.Join();
    }
}

/// <summary>Tests that use all there is of something, and one after them.</summary>
[TestCaseOrderer(typeof(ByName))]
public class ExhaustionSample(NotesDatabases databases) : DatabaseTest(databases)
{
    readonly List<IDisposable> taken = [];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [SampleFact]
    public async Task A_uses_all_connections()
    {
        while (true)
        {
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(databases.Server.ConnectionString) { Pooling = false }.ConnectionString);
            taken.Add(connection);
            await connection.OpenAsync(Token);
        }
    }

    [SampleFact]
    public async Task B_uses_all_descriptors()
    {
        await HaveAllThreadsAsync();
        while (true)
        {
            for (var file = 0; file < 16; file++) taken.Add(new FileStream("/dev/null", FileMode.Open));
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Db.ConnectionString) { Pooling = false }.ConnectionString);
            taken.Add(connection);
            await connection.OpenAsync(Token);
        }
    }

    /// <summary>The runtime needs descriptors to start a thread, and ends the process where it gets none: whatever the layer does.</summary>
    static async Task HaveAllThreadsAsync()
    {
        const int Count = 16;
        ThreadPool.SetMinThreads(Count, Count);
        ThreadPool.SetMaxThreads(Count, Count);
        using var all = new Barrier(Count);
        await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => Task.Run(() => all.SignalAndWait(TimeSpan.FromSeconds(5)), Token)));
    }

    [SampleFact]
    public async Task C_uses_all_the_room()
    {
        await using var command = Db.DataSource.CreateCommand("create table filler as select repeat(md5(i::text), 58) from generate_series(1, 1000000) i");
        await command.ExecuteNonQueryAsync(Token);
    }

    [SampleFact]
    public async Task D_works()
    {
        await using var command = Db.DataSource.CreateCommand("insert into notes (body, embedding) values ('one', '[1, 2, 3]') returning id");
        Assert.Equal(1, await command.ExecuteScalarAsync(Token));
    }

    public override async ValueTask DisposeAsync()
    {
        // A test that is out of something stays so until the layer has looked at it.
        await base.DisposeAsync();
        foreach (var each in taken) each.Dispose();
    }
}
