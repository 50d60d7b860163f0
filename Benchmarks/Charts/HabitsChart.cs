using System.Globalization;
using Benchmarks.Habits;

namespace Benchmarks.Charts;

/// <summary>Suite time of each habit on a logarithmic scale, with memory and the vector case beside it.</summary>
static class HabitsChart
{
    const int Width = 860, Left = 190, Right = 470, Top = 108, RowHeight = 34;

    public static string Draw(HabitsReport report)
    {
        var rows = report.Rows.Where(row => row.SuiteSeconds is not null).OrderByDescending(row => row.SuiteSeconds).ToList();
        var skipped = report.Rows.Where(row => row.Skipped is not null).ToList();
        var least = Math.Pow(10, Math.Floor(Math.Log10(rows.Min(row => row.SuiteSeconds!.Value))));
        var most = Math.Pow(10, Math.Ceiling(Math.Log10(rows.Max(row => row.SuiteSeconds!.Value))));
        var bottom = Top + rows.Count * RowHeight;
        var title = $"One suite of {report.Tests} database tests, by habit";
        var svg = new Svg(Width, bottom + 82 + 18 * skipped.Count, title,
            string.Join("; ", rows.Select(row => $"{row.Habit}: {Text(row.SuiteSeconds)} s, vector case {row.VectorCase}")));
        svg.Text(24, 34, title, "h");
        svg.Text(24, 56, "seconds from nothing to the last result, logarithmic; a user, three turns of conversation with vectors, assertions", "m");
        svg.Text(600, Top - 14, "peak memory", "m", "end");
        svg.Text(722, Top - 14, "runs", "m", "end");
        svg.Text(Width - 24, Top - 14, "vector case", "m", "end");
        for (var tick = least; tick <= most * 1.001; tick *= 10)
        {
            svg.Line(X(tick), Top - 4, X(tick), bottom, "grid");
            svg.Text(X(tick), bottom + 18, Text(tick), "m", "middle");
        }
        foreach (var (row, index) in rows.Select((row, index) => (row, index)))
        {
            var middle = Top + index * RowHeight + RowHeight / 2.0;
            var own = row.Habit.StartsWith("recycled", StringComparison.Ordinal);
            var style = own ? "b" : "t";
            svg.Text(Left - 12, middle + 4, row.Habit, style, "end");
            svg.Bar(Left, middle - 9, X(row.SuiteSeconds!.Value) - Left, 18, own ? "own" : "other");
            svg.Text(X(row.SuiteSeconds.Value) + 6, middle + 4, $"{Text(row.SuiteSeconds)} s", style);
            svg.Text(600, middle + 4, row.PeakMemoryMb is null ? "in process" : $"{row.PeakMemoryMb:#,0} MB", style, "end");
            svg.Text(722, middle + 4, row.Workload, style, "end");
            svg.Text(Width - 24, middle + 4, row.VectorRowsOf10 is > -1 and < 10 ? $"{row.VectorRowsOf10} of 10 rows" : row.VectorCase, row.VectorRowsOf10 == 10 ? style : "bad", "end");
        }
        foreach (var (row, index) in skipped.Select((row, index) => (row, index)))
            svg.Text(24, bottom + 46 + 18 * index, $"{row.Habit}: not measured, {row.Skipped}", "m");
        svg.Text(24, bottom + 64 + 18 * (skipped.Count - 1), "runs: the agent's own code; or, where that cannot run, its statements by hand or a port of them", "m");
        svg.Text(24, bottom + 64 + 18 * skipped.Count, report.Machine.ToString(), "m");
        return svg.ToString();

        double X(double seconds) => Left + (Right - Left) * Math.Clamp(Math.Log10(seconds / least) / Math.Log10(most / least), 0, 1);
    }

    static string Text(double? value) => value?.ToString(value < 1 ? "0.##" : value < 10 ? "0.#" : "#,0", CultureInfo.InvariantCulture) ?? "";
}
