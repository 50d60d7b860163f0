namespace Postgres.Testing.Tests.Reporting;

public sealed class RunSeriesTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("series ").FullName;
    readonly List<string> lines = [];

    [Fact]
    public void A_series_that_was_stopped_goes_on()
    {
        Open("code").Keep(1, Report, 25);
        var series = Open("code");
        Assert.Equal("a", Assert.Single(series.Earlier(1)!.Tests).Test);
        Assert.Null(series.Earlier(2));
        Assert.Empty(lines);
    }

    [Fact]
    public void A_series_that_is_complete_begins_anew()
    {
        var first = Open("code");
        first.Keep(1, Report, 25);
        first.Keep(2, Report, 25);
        AssertIsEmpty(Open("code"));
    }

    [Fact]
    public void A_series_of_other_code_or_choices_begins_anew()
    {
        Open("code").Keep(1, Report, 25);
        AssertIsEmpty(Open("other code"));
    }

    [Fact]
    public void A_run_whose_report_is_broken_is_run_again()
    {
        var first = Open("code");
        first.Keep(1, Report, 25);
        first.Keep(2, Report, 25);
        File.WriteAllText(Path.Combine(first.Folder(1), "report.json"), "{\"tests\":[");
        var series = Open("code");
        Assert.Null(series.Earlier(1));
        Assert.NotNull(series.Earlier(2));
        Assert.Contains("is not a run report", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprint_changes_with_the_assemblies_and_the_choices()
    {
        var assembly = Path.Combine(folder, "A.Tests.dll");
        File.WriteAllText(assembly, "code");
        var before = RunSeries.Fingerprint([assembly], "4", "--filter", "X");
        Assert.Equal(before, RunSeries.Fingerprint([assembly], "4", "--filter", "X"));
        Assert.NotEqual(before, RunSeries.Fingerprint([assembly], "4", "--filter", "Y"));
        Assert.NotEqual(before, RunSeries.Fingerprint([assembly], "4", "--filter X"));
        File.WriteAllText(Path.Combine(folder, "Tested.dll"), "broken code");
        Assert.NotEqual(before, RunSeries.Fingerprint([assembly], "4", "--filter", "X"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static RunReport Report => new() { Tests = [new() { Test = "a", Outcome = "passed" }] };

    RunSeries Open(string fingerprint) => RunSeries.Open(Path.Combine(folder, "7"), fingerprint, 2, lines.Add);

    static void AssertIsEmpty(RunSeries series)
    {
        Assert.Null(series.Earlier(1));
        Assert.False(Directory.Exists(series.Folder(1)));
    }
}
