using System.CommandLine;
using System.Globalization;
using Benchmarks.Isolation;
using Spectre.Console;

namespace Benchmarks.Agents;

/// <summary><c>agent [--quick] [--json FILE]</c></summary>
static class AgentCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Fewer turns and messages: ends within three minutes." };
        var json = new Option<string?>("--json") { Description = "File for all figures.", HelpName = "FILE" };
        var command = new Command("agent", "The agent over HTTP with its offline model: turns, recall, long threads, memory.") { quick, json };
        command.SetAction(async (arguments, token) =>
        {
            var report = await new AgentRun(arguments.GetValue(quick) ? AgentScale.Quick : AgentScale.Full, AnsiConsole.WriteLine).RunAsync(token);
            Print(report);
            if (arguments.GetValue(json) is { } file) JsonFile.Save(report, file);
            return 0;
        });
        return command;
    }

    static void Print(AgentReport report)
    {
        if (Console.IsOutputRedirected) (AnsiConsole.Profile.Width, AnsiConsole.Profile.Capabilities.Ansi) = (140, false);
        var (turns, recall, threads, memory) = (report.Turns, report.Recall, report.Threads, report.Memory);
        var times = new Table().Title($"times ({report.Scale} scale)").AddColumns("", "p50 ms", "p95 ms", "p99 ms");
        times.AddRow($"turn, {turns.Users} users at once, {turns.Turns:N0} turns", Text(turns.P50Ms), Text(turns.P95Ms), Text(turns.P99Ms));
        times.AddRow($"the same, each after a pause of {turns.Paced.PauseMs:0} ms", Text(turns.Paced.P50Ms), Text(turns.Paced.P95Ms), Text(turns.Paced.P99Ms));
        times.AddRow($"recall over {recall.Messages:N0} messages, {recall.Queries:N0} searches", Text(recall.P50Ms), Text(recall.P95Ms), Text(recall.P99Ms));
        times.AddRow("the same by an exact scan, in the database alone", Text(recall.ExactP50Ms), "", "");
        times.AddRow($"turn in a thread of {threads.LongMessages:N0} messages, {recall.Messages:N0} in all", Text(threads.LongP50Ms), "", "");
        times.AddRow($"turn in a thread of {threads.ShortMessages} messages of the same user", Text(threads.ShortP50Ms), "", "");
        AnsiConsole.Write(times);
        var share = new Table().Title("what a turn consists of").AddColumns("turns/s", "database time", "round trips", "processor, service", "processor, server");
        share.AddRow(Text(turns.TurnsPerSecond), turns.DatabaseShare.ToString("0 %", CultureInfo.InvariantCulture), Text(turns.RoundTrips),
            $"{Text(turns.ServiceProcessorMs)} ms", $"{Text(turns.ServerProcessorMs)} ms");
        AnsiConsole.Write(share);
        var kept = new Table().Title($"memory over {memory.Turns:N0} turns").AddColumns("", "before MB", "after MB");
        kept.AddRow("service, heap", Text(memory.HeapStartMb), Text(memory.HeapEndMb));
        kept.AddRow("service, resident set", Text(memory.ProcessStartMb), Text(memory.ProcessEndMb));
        kept.AddRow("server, proportional set size", Text(memory.ServerStartMb), Text(memory.ServerEndMb));
        AnsiConsole.Write(kept);
        AnsiConsole.Write(Goal.Table(report.Goals));
        AnsiConsole.WriteLine(report.Machine.ToString());
        AnsiConsole.WriteLine("A turn is timed from the post to the last byte of the answer; without a pause all users are always waiting for one. Client, service and server share the machine.");
    }

    static string Text(double value) => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
