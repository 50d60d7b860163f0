using System.CommandLine;
using System.Globalization;
using Benchmarks.Charts;
using Spectre.Console;

namespace Benchmarks.Habits;

/// <summary><c>habits [--tests N] [--install-pglite] [--json FILE] [--svg FILE]</c></summary>
static class HabitsCommand
{
    public static Command Create()
    {
        var tests = new Option<int>("--tests") { Description = "Tests of the suite.", DefaultValueFactory = _ => 200 };
        var install = new Option<bool>("--install-pglite") { Description = "Install PGlite from npm first, into the user's cache folder." };
        var json = new Option<string?>("--json") { Description = "File for all figures.", HelpName = "FILE" };
        var svg = new Option<string?>("--svg") { Description = "File for the chart.", HelpName = "FILE" };
        var command = new Command("habits", "The same suite of tests under each habit that this project replaces.") { tests, install, json, svg };
        command.SetAction(async (arguments, token) =>
        {
            if (arguments.GetValue(install)) await PGliteHost.InstallAsync(token);
            var report = await new HabitsRun(arguments.GetValue(tests), AnsiConsole.WriteLine).RunAsync(token);
            Print(report);
            if (arguments.GetValue(json) is { } jsonFile) JsonFile.Save(report, jsonFile);
            if (arguments.GetValue(svg) is { } svgFile) await File.WriteAllTextAsync(svgFile, HabitsChart.Draw(report), token);
            return 0;
        });
        return command;
    }

    static void Print(HabitsReport report)
    {
        if (Console.IsOutputRedirected) (AnsiConsole.Profile.Width, AnsiConsole.Profile.Capabilities.Ansi) = (140, false);
        var table = new Table().Title($"{report.Tests} tests").AddColumns("habit", "parallel", "suite s", "per test ms", "start-up ms", "peak MB", "vector case", "runs");
        foreach (var row in report.Rows)
        {
            if (row.Skipped is not null) table.AddRow(row.Habit, "", "", "", "", "", "", $"skipped: {row.Skipped}".EscapeMarkup());
            else table.AddRow(row.Habit, row.Parallel == 1 ? "no" : $"{row.Parallel}", Text(row.SuiteSeconds), Text(row.PerTestMs), Text(row.StartUpMs), Text(row.PeakMemoryMb), row.VectorCase, row.Workload);
        }
        AnsiConsole.Write(table);
        foreach (var row in report.Rows.Where(row => row.Limits.Length > 0)) AnsiConsole.WriteLine($"{row.Habit}: {row.Limits}.");
        AnsiConsole.WriteLine(report.Machine.ToString());
    }

    static string Text(double? value) => value?.ToString("#,0.##", CultureInfo.InvariantCulture) ?? "in the tests' process";
}
