using System.Globalization;
using Benchmarks.Isolation;

namespace Benchmarks.Charts;

/// <summary>What isolation costs a test: lease + return on a logarithmic scale, with throughput and correctness beside it.</summary>
static class IsolationChart
{
    const int Width = 860, Left = 222, Right = 560, Top = 108, RowHeight = 34;

    public static string Draw(IsolationReport report)
    {
        var rows = report.Rows.Where(row => row is { SchemaSet: "small-5", Parallel: 1 }).OrderByDescending(Cost).ToList();
        var least = Math.Pow(10, Math.Floor(Math.Log10(rows.Min(Cost))));
        var most = Math.Pow(10, Math.Ceiling(Math.Log10(rows.Max(row => row.LeaseP95Ms + row.ReturnP95Ms))));
        var bottom = Top + rows.Count * RowHeight;
        var svg = new Svg(Width, bottom + 82, "What a clean database costs each test",
            string.Join("; ", rows.Select(row => $"{row.Way}: {Text(Cost(row))} ms, {row.VectorRowsOf10} of 10 vector rows right")));

        svg.Text(24, 34, "What a clean database costs each test", "h");
        svg.Text(24, 56, "lease + return in ms, p50 (bar) and p95 (line), logarithmic; 5 tables, one with an HNSW index", "m");
        svg.Text(690, Top - 14, "tests/s, 4 at once", "m", "end");
        svg.Text(Width - 24, Top - 14, "vector rows found", "m", "end");
        for (var tick = least; tick <= most * 1.001; tick *= 10)
        {
            svg.Line(X(tick), Top - 4, X(tick), bottom, "grid");
            svg.Text(X(tick), bottom + 18, Text(tick), "m", "middle");
        }
        foreach (var (row, index) in rows.Select((row, index) => (row, index)))
        {
            var middle = Top + index * RowHeight + RowHeight / 2.0;
            var own = row.Way.StartsWith("recycled", StringComparison.Ordinal);
            svg.Text(Left - 12, middle + 4, row.Way, own ? "b" : "t", "end");
            svg.Bar(Left, middle - 9, X(Cost(row)) - Left, 18, own ? "own" : "other");
            var tail = X(row.LeaseP95Ms + row.ReturnP95Ms);
            svg.Line(X(Cost(row)), middle, tail, middle, "tail");
            svg.Text(Math.Max(tail, X(Cost(row))) + 6, middle + 4, Text(Cost(row)), own ? "b" : "t");
            svg.Text(690, middle + 4, Text(PerSecond(report, row)), own ? "b" : "t", "end");
            svg.Text(Width - 24, middle + 4, $"{row.VectorRowsOf10} of 10", row.VectorRowsOf10 == 10 ? own ? "b" : "t" : "bad", "end");
        }
        svg.Text(24, bottom + 46, "vector rows found: a top-10 query through the index after other tests have inserted and lost 60 vectors", "m");
        svg.Text(24, bottom + 64, report.Machine.ToString(), "m");
        return svg.ToString();

        double X(double ms) => Left + (Right - Left) * Math.Clamp(Math.Log10(ms / least) / Math.Log10(most / least), 0, 1);
    }

    static double Cost(IsolationRow row) => row.LeaseP50Ms + row.ReturnP50Ms;

    static double PerSecond(IsolationReport report, IsolationRow of)
        => report.Rows.Single(row => row.Way == of.Way && row.SchemaSet == of.SchemaSet && row.Parallel == 4).TestsPerSecond;

    static string Text(double value) => value.ToString(value < 1 ? "0.##" : value < 10 ? "0.#" : "#,0", CultureInfo.InvariantCulture);
}
