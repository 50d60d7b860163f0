using System.CommandLine;
using System.Globalization;
using Benchmarks.Isolation;
using Spectre.Console;

namespace Benchmarks.Soak;

/// <summary><c>soak [--leases N] [--named] [--json FILE]</c></summary>
static class SoakCommand
{
    public static Command Create()
    {
        var leases = new Option<int>("--leases") { Description = "Leases to take.", DefaultValueFactory = _ => 100_000 };
        var named = new Option<bool>("--named") { Description = "With each test's name on its connections, as the xunit layer has it." };
        var json = new Option<string?>("--json") { Description = "File for all figures.", HelpName = "FILE" };
        var command = new Command("soak", "Many leases in one process: what grows?") { leases, named, json };
        command.SetAction(async (arguments, token) =>
        {
            var report = await SoakRun.RunAsync(arguments.GetValue(leases), arguments.GetValue(named), AnsiConsole.WriteLine, token);
            Print(report);
            if (arguments.GetValue(json) is { } file) JsonFile.Save(report, file);
            return report.Goals.All(goal => goal.Met) ? 0 : 1;
        });
        return command;
    }

    static void Print(SoakReport report)
    {
        if (Console.IsOutputRedirected) (AnsiConsole.Profile.Width, AnsiConsole.Profile.Capabilities.Ansi) = (140, false);
        var table = new Table().Title("soak").AddColumns("leases", "seconds", "server PSS MB", "process MB", "descriptors", "catalogue MB", "reset p50 ms", "round trip p50 ms");
        foreach (var column in table.Columns) column.RightAligned();
        foreach (var sample in report.Samples)
        {
            table.AddRow(Text(sample.Leases, "0"), Text(sample.Seconds, "0"), Text(sample.ServerPssMb, "0.0"), Text(sample.ProcessMb, "0.0"), Text(sample.Descriptors, "0"),
                Text(sample.CatalogueMb, "0.00"), Text(sample.ResetP50Ms, "0.000"), Text(sample.RoundTripP50Ms, "0.000"));
        }
        AnsiConsole.Write(table);
        AnsiConsole.Write(Goal.Table(report.Goals));
        AnsiConsole.WriteLine(report.Machine.ToString());
    }

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
