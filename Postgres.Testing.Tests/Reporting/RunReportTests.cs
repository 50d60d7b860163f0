using System.Text.Json;

namespace Postgres.Testing.Tests.Reporting;

public sealed class RunReportTests : IDisposable
{
    static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    readonly string folder = Directory.CreateTempSubdirectory("report ü ").FullName;

    [Fact]
    public void Totals_count_outcomes_and_the_share_of_isolation()
    {
        var totals = new RunReport { Seconds = 3, Tests = [Test("a", body: 80, lease: 5, reset: 15), Test("b", "failed", body: 100), Test("c", "skipped", body: 0)] }.Totals;
        Assert.Equal((1, 1, 1), (totals.Passed, totals.Failed, totals.Skipped));
        Assert.Equal(("a", 0.1), (totals.SlowestTest, totals.SlowestSeconds));
        Assert.Equal(10, totals.OverheadPercent);
    }

    [Fact]
    public void A_test_that_passes_and_fails_is_flaky()
    {
        var merged = RunReport.Merge([new() { Tests = [Test("a"), Test("b")] }, new() { Tests = [Test("a", "failed"), Test("b")] }]);
        Assert.Equal(["a"], merged.Flaky);
        Assert.Equal(4, merged.Tests.Count);
    }

    [Fact]
    public void What_fails_for_one_case_in_every_run_is_not_flaky()
    {
        static RunReport Run() => new() { Tests = [Test("a"), Test("a", "failed")] };
        Assert.Empty(RunReport.Merge([Run(), Run()]).Flaky);
        Assert.Equal(["a"], RunReport.Merge([RunReport.Merge([Run(), Run()]), new() { Tests = [Test("a"), Test("a")] }]).Flaky);
    }

    [Fact]
    public void Results_of_one_name_are_told_apart_by_their_time()
    {
        using (var log = TestRunLog.Open(Path.Combine(folder, "log"), "Tests"))
        {
            for (var i = 0; i < 3; i++) log.Write(Test("same", "passed", body: i) with { Start = Noon.AddSeconds(10 * i) });
        }
        Directory.CreateDirectory(Path.Combine(folder, "results"));
        File.WriteAllText(Path.Combine(folder, "results", "a.trx"), $"""
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
            {Result("Passed", 20)}{Result("Passed", 0)}{Result("Failed", 10)}{Result("Failed", 29)}</Results></TestRun>
            """);

        static string Result(string outcome, int second) => $"""
            <UnitTestResult testId="1" testName="same" outcome="{outcome}" duration="00:00:00.0100000" startTime="2026-01-02T12:00:{second:00}.1000000+00:00">
            <Output><ErrorInfo><Message>{(outcome == "Failed" ? $"at {second}" : "")}</Message></ErrorInfo></Output></UnitTestResult>
            """;

        var report = RunReportFiles.Collect(Path.Combine(folder, "log"), Path.Combine(folder, "results"));
        Assert.Equal([(0, "passed", ""), (1, "failed", "at 10"), (2, "passed", ""), (10, "failed", "at 29")], // the last is that of a fixture
            report.Tests.Select(test => ((int)test.BodyMs, test.Outcome, string.Concat(test.Failures))));
    }

    [Fact]
    public void Only_what_is_worse_than_the_threshold_is_a_regression()
    {
        RunTotals[] earlier = [.. new[] { 10d, 11, 12 }.Select(seconds => new RunReport { Seconds = seconds }.Totals)];
        Assert.Empty(new RunReport { Seconds = 13 }.Totals.Regressions(earlier, 25));
        Assert.Contains("suite time is 15 s, 36 % above the median of 3 earlier runs (11 s)", new RunReport { Seconds = 15 }.Totals.Regressions(earlier, 25));
    }

    [Fact]
    public void A_run_of_a_few_tests_is_no_measure_for_a_run_of_all()
    {
        RunTotals few = new RunReport { Seconds = 1, Tests = [Test("a")] }.Totals;
        Assert.Empty(new RunReport { Seconds = 9, Tests = [.. Enumerable.Range(0, 9).Select(number => Test($"{number}"))] }.Totals.Regressions([few], 25));
    }

    [Fact]
    public void Memory_is_that_of_the_servers_that_were_there_at_once()
    {
        static WorkerRecord Worker(int from, int until, int megabytes) => new()
        {
            Worker = "Tests",
            Started = DateTimeOffset.UnixEpoch.AddSeconds(from),
            Ended = DateTimeOffset.UnixEpoch.AddSeconds(until),
            PeakPssBytes = megabytes * 1_000_000L,
        };

        static double? Peak(params WorkerRecord[] workers) => new RunReport { Workers = workers }.Totals.PeakPssMb;

        Assert.Equal(70, Peak(Worker(0, 10, 60), Worker(11, 20, 70))); // one after the other, as repeated runs are
        Assert.Equal(130, Peak(Worker(0, 10, 60), Worker(5, 20, 70), Worker(15, 20, 20)));
        Assert.Equal(130, Peak(new WorkerRecord { Worker = "Tests", PeakPssBytes = 60_000_000 }, new WorkerRecord { Worker = "Tests", PeakPssBytes = 70_000_000 })); // of an earlier edition
        Assert.Null(Peak(new WorkerRecord { Worker = "Tests" }));
    }

    [Fact]
    public void A_log_and_the_results_are_joined()
    {
        using (var log = TestRunLog.Open(Path.Combine(folder, "log"), "Tests"))
        {
            var begun = Test("with database", TestRunLog.Running);
            log.Write(begun);
            log.Write(begun with { Outcome = "unknown", BodyMs = 7 });
            log.Write(Test("killed", TestRunLog.Running));
            log.Write(new WorkerRecord { Worker = "Tests", StartUpMs = 90 });
        }
        File.AppendAllText(Directory.GetFiles(Path.Combine(folder, "log")).Single(), "{\"test\":\"half a li");
        Directory.CreateDirectory(Path.Combine(folder, "results"));
        File.WriteAllText(Path.Combine(folder, "results", "broken.trx"), "<TestRun");
        File.WriteAllText(Path.Combine(folder, "results", "a.trx"), """
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
            <UnitTestResult testId="1" testName="with database" outcome="Passed" duration="00:00:00.0100000" startTime="2026-01-02T12:00:00.0000000+00:00"/>
            <UnitTestResult testId="2" testName="without" outcome="Failed" duration="00:00:00.5000000" startTime="2026-01-02T12:00:01.0000000+00:00">
            <Output><ErrorInfo><Message>it broke</Message></ErrorInfo></Output></UnitTestResult></Results>
            <TestDefinitions><UnitTest id="2"><TestMethod className="Some.Class"/></UnitTest></TestDefinitions></TestRun>
            """);

        var report = RunReportFiles.Collect(Path.Combine(folder, "log"), Path.Combine(folder, "results"));
        Assert.Equal([("killed", "unknown"), ("with database", "passed"), ("without", "failed")],
            report.Tests.Select(test => (test.Test, test.Outcome)).Order());
        Assert.Equal(7, report.Tests.Single(test => test.Test == "with database").BodyMs);
        Assert.Equal(("Some.Class", "it broke"), report.Tests.Where(test => test.Test == "without").Select(test => (test.Class!, test.Failures[0])).Single());
        Assert.Equal(90, Assert.Single(report.Workers).StartUpMs);
    }

    [Theory]
    [InlineData("thumbs 👍", @"thumbs \ud83d\udc4d")]
    [InlineData("bell \a", @"bell \u0007")]
    [InlineData("tab\tand ü", "tab\tand ü")]
    public void A_test_is_one_test_whatever_is_in_its_name(string name, string inResults)
    {
        var joined = RunReportFiles.Join([Test(name, TestRunLog.Running)], [Test(inResults, "failed") with { Failures = ["it broke"] }]);
        var test = Assert.Single(joined);
        Assert.Equal((name, "failed", "it broke"), (test.Test, test.Outcome, Assert.Single(test.Failures)));
    }

    [Fact]
    public void What_is_neither_passed_nor_skipped_fails_its_run()
    {
        var report = new RunReport { Tests = [Test("a", "unknown"), Test("b", "skipped"), Test("c")] };
        Assert.Equal((1, 1, 1), (report.Totals.Passed, report.Totals.Failed, report.Totals.Skipped));
        Assert.Contains("**a**", RunReportFiles.Markdown(report, 25), StringComparison.Ordinal);
    }

    [Fact]
    public void A_summary_that_cannot_be_written_costs_a_line()
    {
        List<string> lines = [];
        RunReportFiles.AppendMarkdown(new(), 25, folder, lines.Add);
        RunReportFiles.AppendMarkdown(new(), 25, Path.Combine(folder, "none", "summary.md"), lines.Add);
        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.StartsWith($"The summary was not written to {folder}", line, StringComparison.Ordinal));
    }

    [Fact]
    public void What_went_wrong_beside_the_tests_is_read_with_the_last_lines()
    {
        File.WriteAllText(Path.Combine(folder, "a.trx"), """
            <TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><ResultSummary outcome="Failed"><Output><StdOut>  Starting:    Some.Tests
            Process terminated.
            on purpose
               at System.Environment.FailFast(System.String)
            </StdOut></Output><RunInfos>
            <RunInfo outcome="Error"><Text>[xUnit.net 00:00:05.91]     Some.Tests.Fails [FAIL]</Text></RunInfo>
            <RunInfo outcome="Error"><Text>[xUnit.net 00:01:04.26] Catastrophic failure: Test process crashed with exit code 134.</Text></RunInfo>
            <RunInfo outcome="Warning"><Text>No test matches</Text></RunInfo></RunInfos></ResultSummary></TestRun>
            """);
        Assert.Equal(["[xUnit.net 00:01:04.26] Catastrophic failure: Test process crashed with exit code 134.", "  Starting:    Some.Tests\nProcess terminated.\non purpose"], TrxFile.ReadErrors(folder));
        File.WriteAllText(Path.Combine(folder, "a.trx"), "<TestRun");
        Assert.Empty(TrxFile.ReadErrors(folder));
    }

    [Fact]
    public void The_page_is_one_file_and_no_text_of_a_test_becomes_markup()
    {
        const string hostile = "</script><script>alert(1)</script>";
        RunReportFiles.Write(new() { Tests = [Test(hostile, "failed") with { Failures = [hostile], Forensics = hostile }] }, folder, 25);
        var page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.DoesNotContain(hostile, page, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=", page);
        Assert.DoesNotMatch(@"\(\.\.\.(tests|timed)\b", page); // more arguments than a call can have
        Assert.Equal(hostile, RunReportFiles.Read(Path.Combine(folder, "report.json")).Tests.Single().Test);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "report.json")));
        Assert.Equal(1, json.RootElement.GetProperty("totals").GetProperty("failed").GetInt32());
    }

    [Fact]
    public void The_summary_names_failures_with_their_forensics()
    {
        var text = RunReportFiles.Markdown(new() { Tests = [Test("broken<b>", "failed") with { Failures = ["expected 1"], Forensics = "psql \"host=x\"" }] }, 25);
        Assert.Contains("0 passed, 1 failed, 0 skipped", text, StringComparison.Ordinal);
        Assert.Contains("**broken&lt;b>**", text, StringComparison.Ordinal);
        Assert.Contains("expected 1\npsql \"host=x\"", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_report_is_named_with_what_writes_one()
        => Assert.Contains("dotnet dev.cs test", Assert.Throws<PostgresTestingException>(() => RunReportFiles.Read(Path.Combine(folder, "none.json"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"tests\":[{\"test\":\"a\",\"outc")]
    [InlineData("{\"tests\":null}")]
    [InlineData("{\"tests\":[null]}")]
    [InlineData("{\"tests\":[{\"test\":null,\"outcome\":\"passed\"}]}")]
    [InlineData("{\"started\":\"2026-01-02T12:00:00Z\",\"tests\":[],\"workers\":[null]}")]
    [InlineData("{\"started\":\"2026-01-02T12:00:00Z\",\"tests\":[],\"history\":[null]}")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"name\":\"foo\"}")]
    [InlineData("{\"tests\":[]}")]
    [InlineData("{\"started\":\"2026-01-02T12:00:00Z\"}")]
    [InlineData("{\"started\":\"2026-01-02T12:00:00Z\",\"tests\":[{\"test\":\"a\",\"outcome\":\"passed\",\"bodyMs\":1e400}]}")]
    [InlineData("{\"started\":\"2026-01-02T12:00:00Z\",\"tests\":[],\"seconds\":1e400}")]
    public void A_broken_report_is_named_and_a_run_goes_on_without_it(string text)
    {
        var file = Path.Combine(folder, "report.json");
        File.WriteAllText(file, text);
        Assert.Contains($"{file} is not a run report", Assert.Throws<PostgresTestingException>(() => RunReportFiles.Read(file)).Message, StringComparison.Ordinal);
        List<string> lines = [];
        Assert.Null(RunReportFiles.TryRead(file, lines.Add));
        Assert.Contains(file, Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_place_of_a_report_is_named_and_a_missing_one_is_no_trouble()
    {
        Assert.Throws<PostgresTestingException>(() => RunReportFiles.Read(folder));
        List<string> lines = [];
        Assert.Null(RunReportFiles.TryRead(folder, lines.Add));
        Assert.Single(lines);
        Assert.Null(RunReportFiles.TryRead(Path.Combine(folder, "none.json"), lines.Add));
        Assert.Single(lines);
    }

    [Fact]
    public void Writing_leaves_the_three_files_and_no_half_of_one()
    {
        File.WriteAllText(Path.Combine(folder, "report.json.new"), "half of an ear");
        RunReportFiles.Write(new() { Tests = [Test("a")] }, folder, 25);
        Assert.Equal(["report.html", "report.json", "summary.md"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_summary_stays_below_the_megabyte_that_GitHub_takes_and_says_what_it_cuts()
    {
        var text = new string('語', 600_000);
        var summary = RunReportFiles.Markdown(new()
        {
            Tests = [.. Enumerable.Range(0, 60).Select(number => Test($"{number / 2}{text}", number % 2 == 0 ? "failed" : "passed") with { Failures = [text, text], Forensics = text })],
        }, 25);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(summary), 100_000, 1_000_000);
        Assert.Contains(" … cut: ", summary, StringComparison.Ordinal);
        Assert.Contains("10 more failed tests are in the report only.", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_the_suite_becomes_a_filter()
    {
        TestSuiteOptions options = new() { Assemblies = [], Folder = folder, Workers = 3, Seed = 5, Methods = ["A.B.C", "A.D.E"] };
        var settings = TestSuite.Settings(options);
        Assert.Equal("FullyQualifiedName=A.B.C|FullyQualifiedName=A.D.E", settings.Descendants("TestCaseFilter").Single().Value);
        Assert.Equal(("3", "5"), (settings.Descendants("MaxParallelThreads").Single().Value, settings.Descendants("Seed").Single().Value));
        Assert.Equal("5", TestSuite.StartInfo(options, "").Environment[PostgresTestingEnvironment.Seed]); // xunit's own leaves the tests of a class in one order
    }

    [Theory]
    [InlineData("--results-directory")]
    [InlineData("--settings:mine.runsettings")]
    [InlineData("-s")]
    public void An_option_that_a_run_gives_itself_is_refused(string option)
    {
        Assert.StartsWith($"{option} cannot be given", TestSuite.FindRefused(["--filter", "X", option, "mine"]), StringComparison.Ordinal);
        Assert.Null(TestSuite.FindRefused(["--filter", "FullyQualifiedName~settings", "--diag"]));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static TestRecord Test(string name, string outcome = "passed", double body = 1, double lease = 0, double reset = 0)
        => new() { Test = name, Outcome = outcome, Start = Noon, BodyMs = body, LeaseWaitMs = lease, ResetMs = reset };
}
