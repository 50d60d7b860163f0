using System.CommandLine;
using System.Globalization;
using Benchmarks.Charts;
using Spectre.Console;

namespace Benchmarks.Isolation;

/// <summary><c>isolation [--quick] [--json FILE] [--svg FILE]</c></summary>
static class IsolationCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Fewer and shorter turns: ends within three minutes, but on the slowest machines." };
        var json = new Option<string?>("--json") { Description = "File for all figures.", HelpName = "FILE" };
        var svg = new Option<string?>("--svg") { Description = "File for the chart.", HelpName = "FILE" };
        var command = new Command("isolation", "Every way to give a test a clean database, side by side.") { quick, json, svg };
        command.SetAction(async (arguments, token) =>
        {
            var report = await new IsolationRun(arguments.GetValue(quick), AnsiConsole.WriteLine).RunAsync(token);
            Print(report);
            if (arguments.GetValue(json) is { } jsonFile) JsonFile.Save(report, jsonFile);
            if (arguments.GetValue(svg) is { } svgFile) await File.WriteAllTextAsync(svgFile, IsolationChart.Draw(report), token);
            return 0;
        });
        return command;
    }

    static void Print(IsolationReport report)
    {
        if (Console.IsOutputRedirected) (AnsiConsole.Profile.Width, AnsiConsole.Profile.Capabilities.Ansi) = (140, false);
        foreach (var sets in report.Rows.GroupBy(row => row.SchemaSet))
        {
            var table = new Table().Title(sets.Key).AddColumns("way", "parallel", "lease p50", "p95", "p99", "return p50", "p95", "p99", "tests/s", "PSS MB", "vectors of 10");
            foreach (var column in table.Columns.Skip(1)) column.RightAligned();
            foreach (var row in sets.OrderBy(row => row.Parallel))
            {
                table.AddRow(row.Way, $"{row.Parallel}", Text(row.LeaseP50Ms), Text(row.LeaseP95Ms), Text(row.LeaseP99Ms), Text(row.ReturnP50Ms), Text(row.ReturnP95Ms),
                    Text(row.ReturnP99Ms), Text(row.TestsPerSecond), Text(row.MemoryPssMb), $"{row.VectorRowsOf10}");
            }
            AnsiConsole.Write(table);
        }
        AnsiConsole.Write(Goal.Table(report.Goals));
        AnsiConsole.WriteLine(report.Machine.ToString());
        AnsiConsole.WriteLine("Times in ms. lease: from asking to an open connection; return: from the closed connection until the test may end.");
    }

    static string Text(double value) => value.ToString(value < 1 ? "0.000" : value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
