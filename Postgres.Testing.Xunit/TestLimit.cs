using System.Diagnostics;
using Npgsql;
using Xunit;

namespace Postgres.Testing.Xunit;

/// <summary>Cuts a test off that takes too long: cancels <see cref="ITestContext.CancellationToken"/> and ends its sessions until the test
/// has ended, so that whatever it waits for comes to an end.</summary>
sealed class TestLimit : IAsyncDisposable
{
    // A test that has not noticed may open the next session after its last one was ended.
    static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    readonly CancellationTokenSource ended = new();
    readonly TestDatabase database;
    readonly Timer? timer;
    Task cutOff = Task.CompletedTask;

    public TestLimit(TimeSpan limit, TestDatabase database, PostgresServer server, string test)
    {
        this.database = database;
        if (limit == TimeSpan.Zero || Debugger.IsAttached) return;
        var context = TestContext.Current;
        timer = new(_ => cutOff = CutOffAsync(), null, limit, Timeout.InfiniteTimeSpan);

        async Task CutOffAsync()
        {
            Finding = $"The test was cut off after its limit of {limit.TotalSeconds:0.###} s ({PostgresTestingEnvironment.Limit}).";
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
        await ended.CancelAsync().ConfigureAwait(false);
        if (timer is not null) await timer.DisposeAsync().ConfigureAwait(false);
        await cutOff.ConfigureAwait(false);
        ended.Dispose();
        if (Finding is not null) ClearPools();
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
