namespace Postgres.Testing;

/// <summary>The figures of one run that people have budgets for.</summary>
/// <param name="Started">When the run began (UTC).</param>
/// <param name="Passed">Tests that passed.</param>
/// <param name="Failed">Tests that failed, and those of which nobody knows.</param>
/// <param name="Skipped">Tests that were skipped.</param>
/// <param name="Flaky">Tests that failed in one run and passed in another.</param>
/// <param name="Seconds">The whole run.</param>
/// <param name="SlowestTest">Name of the slowest test.</param>
/// <param name="SlowestSeconds">Its duration.</param>
/// <param name="StartUpMs">Longest time until a test process had its server and a unit.</param>
/// <param name="PeakPssMb">Largest proportional set size of all test databases that were there at once, in MB.</param>
/// <param name="OverheadPercent">Share of the tests' time that went into waiting for leases and into resets.</param>
public sealed record RunTotals(DateTimeOffset Started, int Passed, int Failed, int Skipped, int Flaky, double Seconds,
    string? SlowestTest, double SlowestSeconds, double StartUpMs, double? PeakPssMb, double OverheadPercent)
{
    int Tests => Passed + Failed;

    /// <summary>Counts a report together.</summary>
    public static RunTotals Of(RunReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var slowest = report.Tests.MaxBy(test => test.TotalMs);
        var isolation = report.Tests.Sum(test => test.LeaseWaitMs + test.ResetMs);
        var all = report.Tests.Sum(test => test.TotalMs);
        return new(report.Started, Count("passed"), report.Tests.Count(test => test.HasFailed), Count("skipped"), report.Flaky.Count, report.Seconds,
            slowest?.Test, (slowest?.TotalMs ?? 0) / 1000, report.Workers.Select(worker => worker.StartUpMs).DefaultIfEmpty().Max(),
            Peak(report.Workers), all == 0 ? 0 : 100 * isolation / all);

        int Count(string outcome) => report.Tests.Count(test => test.Outcome == outcome);
    }

    /// <summary>Servers that were there one after the other, as in repeated runs, do not add up.</summary>
    static double? Peak(IEnumerable<WorkerRecord> workers)
    {
        var servers = workers.Where(worker => worker.PeakPssBytes is not null).ToList();
        return servers.Count == 0 ? null : servers.Max(at => servers.Where(server => server.Started <= at.Started && at.Started <= server.Ended).Sum(server => server.PeakPssBytes)) / 1e6;
    }

    /// <summary>Figures that are worse than before by more than <paramref name="percent"/>, as sentences.</summary>
    /// <param name="earlier">Runs to compare with; the median counts of those that had about as many tests.</param>
    /// <param name="percent">How much worse is a regression.</param>
    public IReadOnlyList<string> Regressions(IReadOnlyList<RunTotals> earlier, double percent)
    {
        List<string> found = [];
        var alike = earlier.Where(run => run.Tests >= 0.8 * Tests && run.Tests <= 1.25 * Tests).ToList();
        Compare("suite time", "s", totals => totals.Seconds);
        Compare("slowest test", "s", totals => totals.SlowestSeconds);
        Compare("start-up", "ms", totals => totals.StartUpMs);
        Compare("peak memory", "MB", totals => totals.PeakPssMb ?? 0);
        return found;

        void Compare(string name, string unit, Func<RunTotals, double> figure)
        {
            var before = alike.Select(figure).Where(value => value > 0).Order().ToList();
            if (before.Count == 0) return;
            var (median, now) = (before[before.Count / 2], figure(this));
            if (now > median * (1 + percent / 100)) found.Add($"{name} is {now:0.##} {unit}, {100 * (now / median - 1):0} % above the median of {before.Count} earlier runs ({median:0.##} {unit})");
        }
    }
}
