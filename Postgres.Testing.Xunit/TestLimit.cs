using System.Diagnostics;
using Npgsql;
using Xunit;

namespace Postgres.Testing.Xunit;

/// <summary>Cuts a test off that takes too long: cancels <see cref="ITestContext.CancellationToken"/> and ends its sessions until the test
/// has ended, so that whatever it waits for comes to an end.</summary>
sealed class TestLimit : IDisposable
{
    // A test that has not noticed may open the next session after its last one was ended.
    static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    readonly Timer? timer;
    volatile bool over;

    public TestLimit(TimeSpan limit, TestDatabase database, PostgresServer server, string test)
    {
        if (limit == TimeSpan.Zero || Debugger.IsAttached) return;
        var context = TestContext.Current;
        timer = new(_ => _ = CutOffAsync(), null, limit, Timeout.InfiniteTimeSpan);

        async Task CutOffAsync()
        {
            Finding = $"The test was cut off after its limit of {limit.TotalSeconds:0.###} s ({PostgresTestingEnvironment.Limit}).";
            Console.Error.WriteLine($"{test}: {Finding}");
            context.CancelCurrentTest();
            for (; !over; await Task.Delay(Again).ConfigureAwait(false))
                await EndSessionsAsync(server.ConnectionString, database.ApplicationName).ConfigureAwait(false);
        }
    }

    /// <summary>What happened; null while the test is within its limit.</summary>
    public string? Finding { get; private set; }

    public void Dispose()
    {
        over = true;
        timer?.Dispose();
    }

    static async Task EndSessionsAsync(string connectionString, string application)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync().ConfigureAwait(false);
            await using var command = new NpgsqlCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1", connection)
            { Parameters = { new() { Value = application } } };
            await command.ExecuteScalarAsync().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // It is tried again; the return of the unit ends them, too, and says what it could not.
        }
    }
}
