using System.Text.Json.Serialization;

namespace Postgres.Testing;

/// <summary>All that is known of a run of the tests: what the report shows, and what its JSON holds.</summary>
public sealed record RunReport
{
    /// <summary>When the run began (UTC).</summary>
    [JsonRequired]
    public DateTimeOffset Started { get; init; }

    /// <summary>Seconds that the run took; of a merged report, the longest shard.</summary>
    public double Seconds { get; init; }

    /// <summary>Seed of the order of the tests, when it was random.</summary>
    public int? Seed { get; init; }

    /// <summary>Part of the suite, such as <c>2/8</c>; null for all of it.</summary>
    public string? Shard { get; init; }

    /// <summary>Fingerprint of the plan that <see cref="Shard"/> is a part of, and after a space the options that chose among its
    /// tests: only parts of one plan are together the suite.</summary>
    public string? Plan { get; init; }

    /// <summary>The test processes.</summary>
    public IReadOnlyList<WorkerRecord> Workers { get; init; } = [];

    /// <summary>The tests, oldest first; repeated tests are there once for each run.</summary>
    [JsonRequired]
    public IReadOnlyList<TestRecord> Tests { get; init; } = [];

    /// <summary>Totals of earlier runs, oldest first.</summary>
    public IReadOnlyList<RunTotals> History { get; init; } = [];

    /// <summary>The figures that people have budgets for.</summary>
    public RunTotals Totals => RunTotals.Of(this);

    /// <summary>Names of tests that failed in one run, and in another did nothing but pass.</summary>
    public IReadOnlyList<string> Flaky => [.. Tests.GroupBy(test => test.Test)
        .Where(same => same.Any(test => test.HasFailed) && same.GroupBy(test => test.Run).Any(run => run.All(test => test.Outcome == "passed")))
        .Select(same => same.Key).Order(StringComparer.Ordinal)];

    /// <summary>Joins the reports of shards, or of repeated runs, into one.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static RunReport Merge(IReadOnlyCollection<RunReport> reports)
    {
        if (reports.Count == 0) throw new ArgumentException("There is no report to merge.", nameof(reports));
        List<TestRecord> tests = [];
        foreach (var report in reports)
        {
            var runs = tests.Select(test => test.Run + 1).DefaultIfEmpty().Max();
            tests.AddRange(report.Tests.Select(test => test with { Run = runs + test.Run }));
        }
        return new()
        {
            Started = reports.Min(report => report.Started),
            Seconds = reports.Max(report => report.Seconds),
            Workers = [.. reports.SelectMany(report => report.Workers)],
            Tests = [.. tests.OrderBy(test => test.Start)],
            History = reports.MaxBy(report => report.History.Count)!.History,
        };
    }
}
