using System.Globalization;
using Spectre.Console;

namespace Benchmarks.Isolation;

/// <summary>The JSON of a run. Names are part of its contract.</summary>
sealed record IsolationReport(Machine Machine, IReadOnlyList<IsolationRow> Rows, IReadOnlyList<Goal> Goals);

/// <summary>Times in milliseconds; memory of the server's processes in MB; vectorRowsOf10 is the worst top-10 of a test that
/// came after others.</summary>
sealed record IsolationRow(
    string Way, string SchemaSet, int Parallel,
    double LeaseP50Ms, double LeaseP95Ms, double LeaseP99Ms,
    double ReturnP50Ms, double ReturnP95Ms, double ReturnP99Ms,
    double TestsPerSecond, double MemoryPssMb, int? VectorRowsOf10);

/// <summary>A promise and what this run says about it.</summary>
sealed record Goal(string Name, string Target, string Measured, bool Met)
{
    public static Goal Below(string name, double value, double limit, string unit) => new(name, $"< {Text(limit)} {unit}".Trim(), $"{Text(value)} {unit}".Trim(), value < limit);

    public static Goal AtLeast(string name, double value, double limit, string unit) => new(name, $"≥ {Text(limit)} {unit}".Trim(), $"{Text(value)} {unit}".Trim(), value >= limit);

    /// <summary>The table that a run ends with.</summary>
    public static Table Table(IEnumerable<Goal> goals)
    {
        var table = new Table().Title("goals").AddColumns("", "promise", "target", "measured");
        foreach (var goal in goals)
            table.AddRow(goal.Met ? "[green]met[/]" : "[red]missed[/]", goal.Name.EscapeMarkup(), goal.Target.EscapeMarkup(), goal.Measured.EscapeMarkup());
        return table;
    }

    static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
