using Postgres.Testing.Tests.Servers;
using Postgres.Testing.Tests.XunitLayer;

namespace Postgres.Testing.Tests.Faults;

/// <summary>A run of test processes that is stopped, that hangs, or that ends badly.</summary>
public class StoppedRunTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_that_is_stopped_leaves_no_process_and_no_server()
    {
        using var scratch = new Scratch();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = TestSuite.RunAsync(Options(scratch, nameof(HangSample.Waits_for_ever)), _ => { }, stop.Token);
        var tests = await RunningAsync(scratch, run);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.All(tests, test => Assert.False(ServerProcesses.IsRunning(test.Process), "the test process is still there"));
        await ServerIsGoneAsync(scratch);
    }

    [Fact]
    public async Task A_run_in_which_nothing_ends_any_more_is_ended_and_names_the_test()
    {
        using var scratch = new Scratch();
        List<string> lines = [];
        var (exitCode, report) = await TestSuite.RunAsync(Options(scratch, nameof(HangSample.Never_ends)) with { HangLimit = TimeSpan.FromSeconds(4) },
            line => { lock (lines) lines.Add(line); }, Token);
        Assert.NotEqual(0, exitCode);
        var hung = Assert.Single(report.Tests);
        Assert.EndsWith(nameof(HangSample.Never_ends), hung.Test, StringComparison.Ordinal);
        Assert.Equal("failed", hung.Outcome);
        Assert.Contains("did not end", Assert.Single(hung.Failures), StringComparison.Ordinal);
        await ServerIsGoneAsync(scratch);
    }

    [Fact]
    public async Task A_fixture_that_fails_at_its_end_fails_the_run_and_is_in_the_report()
    {
        using var scratch = new Scratch();
        var (exitCode, report) = await TestSuite.RunAsync(Options(scratch, nameof(CrashSample.Returns_no_lease), typeof(CrashSample)), _ => { }, Token);
        Assert.NotEqual(0, exitCode);
        Assert.Equal("passed", report.Tests.Single(test => test.Test.EndsWith(nameof(CrashSample.Returns_no_lease), StringComparison.Ordinal)).Outcome);
        var run = Assert.Single(report.Tests, test => test.Test == TestSuite.WholeRun);
        Assert.Equal("failed", run.Outcome);
        Assert.Contains("Leases were never returned: 'forgotten'", string.Join('\n', run.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_ends_badly_has_a_failed_test_in_its_report_if_it_has_any()
    {
        TestRecord passed = new() { Test = "a", Outcome = "passed" }, failed = passed with { Outcome = "failed" }, unknown = passed with { Outcome = "unknown" };
        var named = Assert.Single(TestSuite.Broken(new() { Tests = [passed, unknown] }, 1, []).Tests, test => test.HasFailed);
        Assert.Equal(("a", "failed"), (named.Test, named.Outcome));
        Assert.StartsWith("The test process ended while this test ran", Assert.Single(named.Failures), StringComparison.Ordinal);
        Assert.Equal(TestSuite.WholeRun, Assert.Single(TestSuite.Broken(new() { Tests = [passed] }, 1, []).Tests, test => test.HasFailed).Test);
        Assert.Equal([failed], TestSuite.Broken(new() { Tests = [failed] }, 1, []).Tests);
        Assert.Contains("crashed", Assert.Single(TestSuite.Broken(new(), 1, ["crashed"]).Tests).Failures);
        Assert.Empty(TestSuite.Broken(new(), 1, []).Tests);
    }

    static TestSuiteOptions Options(Scratch scratch, string test, Type? testClass = null) => new()
    {
        Assemblies = [typeof(HangSample).Assembly.Location],
        Folder = Path.Combine(scratch.Folder, "run"),
        Methods = [$"{(testClass ?? typeof(HangSample)).FullName}.{test}"],
        Environment = new Dictionary<string, string> { [SampleFactAttribute.Variable] = "1", [HangSample.Note] = Note(scratch) },
    };

    static string Note(Scratch scratch) => Path.Combine(scratch.Folder, "server");

    static Task ServerIsGoneAsync(Scratch scratch)
    {
        var server = File.ReadAllText(Note(scratch));
        Assert.NotEqual("", server);
        return Eventually.TrueAsync(() => Task.FromResult(!Directory.Exists(server)));
    }

    static async Task<IReadOnlyList<TestRecord>> RunningAsync(Scratch scratch, Task run)
    {
        IReadOnlyList<TestRecord> tests = [];
        await Eventually.TrueAsync(async () =>
        {
            if (run.IsCompleted) await run;
            var folder = TestSuite.LogFolder(Path.Combine(scratch.Folder, "run"));
            tests = Directory.Exists(folder) ? TestRunLog.ReadFolder(folder) : [];
            return tests.Any(test => test.Outcome == TestRunLog.Running) && File.Exists(Note(scratch));
        }, seconds: 60);
        return tests;
    }
}
