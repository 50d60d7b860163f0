namespace Postgres.Testing.Tests.XunitLayer;

/// <summary>A server that goes away takes the test with it that it happens to, and no other.</summary>
public class ServerLossTests
{
    [Fact]
    public async Task A_server_that_is_killed_is_named_by_the_test_it_happens_to_and_replaced()
    {
        var run = await LayerRun.OfAsync([typeof(KilledServerSample).FullName!], TestContext.Current.CancellationToken);

        Check(run, nameof(KilledServerSample.A_loses_the_server_to_SIGKILL), "it was killed (SIGKILL)");
        Check(run, nameof(KilledServerSample.C_loses_a_session_to_SIGKILL), ") was terminated by signal 9");
        Check(run, nameof(KilledServerSample.E_loses_the_server_and_does_not_notice), "it was killed (SIGKILL)");
        Assert.Equal(3, run.Tests.Values.Count(test => test.Outcome == "Pass"));
    }

    [Fact]
    public async Task A_server_that_is_stopped_is_ended_within_five_seconds_and_replaced()
    {
        if (!Directory.Exists("/proc/self")) Assert.Skip("Without /proc nobody can tell that a process is stopped.");
        var run = await LayerRun.OfAsync([typeof(StoppedServerSample).FullName!], TestContext.Current.CancellationToken);

        Check(run, nameof(StoppedServerSample.A_has_its_server_stopped), "it was stopped by a signal (SIGSTOP) and did not go on");
        Check(run, nameof(StoppedServerSample.C_has_its_session_stopped), "it was stopped by a signal (SIGSTOP) and did not go on");
        Assert.Equal(2, run.Tests.Values.Count(test => test.Outcome == "Pass"));
    }

    static void Check(LayerRun run, string test, string reason)
    {
        Assert.Equal("Fail", run[test].Outcome);
        const string Line = "The PostgreSQL server went away during this test: ";
        Assert.Contains(Line, run[test].Message, StringComparison.Ordinal);
        var line = Assert.Single(run[test].Output.Split('\n'), text => text.Contains(Line, StringComparison.Ordinal));
        Assert.Contains(reason, line, StringComparison.Ordinal);
        var record = Assert.Single(run.Log, record => record.Test.EndsWith(test, StringComparison.Ordinal));
        Assert.Equal("failed", record.Outcome);
        Assert.InRange(record.TotalMs, 0, 50_000); // 5 s on a machine that has the time; the query alone would take 60
        TestContext.Current.TestOutputHelper!.WriteLine($"{test}: {record.TotalMs:0} ms");
    }
}
