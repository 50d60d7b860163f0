namespace Postgres.Testing.Tests.Reporting;

public sealed class ShardReportsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shards ").FullName;

    [Fact]
    public void Shards_that_are_the_suite_are_joined_with_their_history()
    {
        RunTotals earlier = new RunReport { Seconds = 7 }.Totals;
        var (report, isWhole) = ShardReports.Merge([Part("2/2", "plan"), Part("1/2", "plan", earlier)]);
        Assert.True(isWhole);
        Assert.Equal(2, report.Tests.Count);
        Assert.Equal(7, Assert.Single(report.History).Seconds);
    }

    [Fact]
    public void Reports_of_whole_runs_are_joined_as_they_are()
    {
        var (report, isWhole) = ShardReports.Merge([Part(null, null), Part(null, null)]);
        Assert.False(isWhole);
        Assert.Equal(2, report.Tests.Count);
    }

    [Theory]
    [InlineData("of 3 shards these are missing: 1/3, 3/3", "2/3")]
    [InlineData("shard 2/2 is there twice", "1/2", "2/2", "2/2")]
    [InlineData("a part of 2 and", "1/2", "2/3")]
    [InlineData("is not the report of a shard", "1/2", null)]
    [InlineData("which is none", "3/2", "1/2")]
    [InlineData("which is none", "1/2000000000")]
    [InlineData("20/9999, 21/9999 and 9978 more. Together", "1/9999")]
    public void What_is_not_the_whole_suite_is_refused(string why, params string?[] shards)
        => Assert.Contains(why, Assert.Throws<PostgresTestingException>(() => ShardReports.Merge([.. shards.Select(shard => Part(shard, "plan"))])).Message, StringComparison.Ordinal);

    [Fact]
    public void Parts_of_different_plans_are_refused()
        => Assert.Contains("different plans", Assert.Throws<PostgresTestingException>(() => ShardReports.Merge([Part("1/2", "plan"), Part("2/2", "another")])).Message, StringComparison.Ordinal);

    [Fact]
    public void Shards_of_a_filter_are_joined_but_are_no_whole_suite()
        => Assert.False(ShardReports.Merge([Part("1/2", "plan --filter X"), Part("2/2", "plan --filter X")]).IsWhole);

    [Fact]
    public void Shards_that_ran_nothing_are_refused()
    {
        var part = Path.Combine(folder, "empty");
        RunReportFiles.Write(new() { Shard = "1/1", Plan = "plan --filter X" }, part, 25);
        Assert.Contains("--filter X matches none", Assert.Throws<PostgresTestingException>(() => ShardReports.Merge([Path.Combine(part, "report.json")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_without_tests_is_refused()
    {
        var empty = Path.Combine(folder, "empty");
        RunReportFiles.Write(new(), empty, 25);
        var file = Path.Combine(empty, "report.json");
        Assert.Contains($"{file} has no tests", Assert.Throws<PostgresTestingException>(() => ShardReports.Merge([Part(null, null), file])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_file_twice_is_refused()
    {
        var file = Part(null, null);
        var again = Path.Combine(folder, ".", Path.GetRelativePath(folder, file));
        Assert.Contains("is given twice", Assert.Throws<PostgresTestingException>(() => ShardReports.Merge([file, again])).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Part(string? shard, string? plan, params RunTotals[] history)
    {
        var part = Path.Combine(folder, Path.GetRandomFileName());
        RunReportFiles.Write(new() { Shard = shard, Plan = plan, History = history, Tests = [new() { Test = $"{shard}", Outcome = "passed" }] }, part, 25);
        return Path.Combine(part, "report.json");
    }
}
