using System.Diagnostics;
using Npgsql;
using Xunit;
using Xunit.v3;

namespace Postgres.Testing.Xunit;

/// <summary>Cuts a test off that takes too long: cancels <see cref="ITestContext.CancellationToken"/> and ends its sessions until the test
/// has ended, so that whatever it waits for comes to an end.</summary>
sealed class TestLimit : IAsyncDisposable
{
    // A test that has not noticed may open the next session after its last one was ended.
    static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    // How long xunit's own timeout, which reports the test at once, is held up for a test that ends now that its sessions do.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // xunit puts what the test failed with, and that it took too long, into one list without a lock: the one is to be there before the other comes.
    static readonly TimeSpan Head = TimeSpan.FromMilliseconds(200);

    readonly Lock gate = new();
    readonly CancellationTokenSource ended = new();
    readonly ManualResetEventSlim returned = new();
    readonly TestDatabase database;
    readonly Timer? timer;
    readonly CancellationTokenRegistration timeout;
    Task cutOff = Task.CompletedTask;

    public TestLimit(TimeSpan limit, TestDatabase database, PostgresServer server, string test)
    {
        this.database = database;
        if (Debugger.IsAttached) return;
        var context = TestContext.Current;
        if (limit > TimeSpan.Zero)
            timer = new(_ => CutOff($"The test was cut off after its limit of {limit.TotalSeconds:0.###} s ({PostgresTestingEnvironment.Limit})."), null, limit, Timeout.InfiniteTimeSpan);
        if (context.Test is IXunitTest { Timeout: > 0 and var milliseconds })
        {
            var isRegistered = false; // what comes too late to hold xunit up runs here, and must not hold the test up
            timeout = context.CancellationToken.Register(() =>
            {
                CutOff($"The test was cut off after its Timeout of {milliseconds} ms, or with its run.");
                if (isRegistered) returned.Wait(Patience);
            });
            isRegistered = true;
        }

        void CutOff(string finding)
        {
            lock (gate)
            {
                if (ended.IsCancellationRequested || Finding is not null) return;
                Finding = finding;
                cutOff = CutOffAsync();
            }
        }

        async Task CutOffAsync()
        {
            Console.Error.WriteLine($"{test}: {Finding}");
            // Beside the rest: a test may go on within the call, and wait for its next query there.
            _ = Task.Run(context.CancelCurrentTest);
            while (!ended.IsCancellationRequested)
            {
                await EndSessionsAsync(server.ConnectionString, database.ApplicationName, ended.Token).ConfigureAwait(false);
                await Task.Delay(Again, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What happened; null while the test is within its limit.</summary>
    public string? Finding { get; private set; }

    /// <summary>Ends the watch, before the lease is returned. From then on no session is ended, and none that was lies in a pool: the next test
    /// of the unit may have sessions of the same name, from the same pools.</summary>
    public async ValueTask DisposeAsync()
    {
        // Not disposed of, which would wait for a cut-off that waits for the lease.
        timeout.Unregister();
        await ended.CancelAsync().ConfigureAwait(false);
        if (timer is not null) await timer.DisposeAsync().ConfigureAwait(false);
        Task last;
        lock (gate) last = cutOff;
        await last.ConfigureAwait(false);
        ended.Dispose();
        if (Finding is not null) ClearPools();
    }

    /// <summary>The lease is returned, and all is written that is known of the test.</summary>
    public void Returned()
    {
        if (Finding is null) returned.Set();
        else _ = Task.Delay(Head).ContinueWith(_ => returned.Set(), TaskScheduler.Default);
    }

    void ClearPools()
    {
        try
        {
            database.DataSource.Clear();
            using var raw = new NpgsqlConnection(database.ConnectionString);
            NpgsqlConnection.ClearPool(raw);
        }
        catch (InvalidOperationException)
        {
            // At TestIsolation.Transaction the connection is open, and breaks; or the test has returned its lease itself.
        }
    }

    static async Task EndSessionsAsync(string connectionString, string application, CancellationToken ended)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(ended).ConfigureAwait(false);
            await using var command = new NpgsqlCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1", connection)
            {
                Parameters = { new() { Value = application } },
                CommandTimeout = 5,
            };
            // Once sent it is waited for: cancelled, it could still reach whoever comes next.
            await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It is tried again; the return of the unit ends them, too, and says what it could not.
        }
    }
}
