using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Postgres.Testing;

/// <summary>A run report on disk: <c>report.json</c>, <c>report.html</c> (one file, no network) and <c>summary.md</c>.</summary>
public static class RunReportFiles
{
    // The default encoder writes < as \u003C, so that no text of a test can close the page's script element.
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Joins what the test processes logged with what the runner reported: tests that used no database are in the latter only.</summary>
    /// <param name="logFolder">Folder of the JSON lines (<see cref="TestRunLog"/>); may be missing.</param>
    /// <param name="resultsFolder">Folder of the <c>*.trx</c> files; may be missing.</param>
    public static RunReport Collect(string logFolder, string resultsFolder)
    {
        var logged = Directory.Exists(logFolder) ? TestRunLog.ReadFolder(logFolder) : [];
        var known = logged.Select(test => test.Test).ToHashSet(StringComparer.Ordinal);
        var outcomes = TrxFile.ReadFolder(resultsFolder);
        var byName = outcomes.GroupBy(test => test.Test).ToDictionary(group => group.Key, group => group.First().Outcome);
        return new()
        {
            Tests = [.. logged.Select(test => test with { Outcome = byName.GetValueOrDefault(test.Test, test.Outcome == TestRunLog.Running ? "unknown" : test.Outcome) })
                .Concat(outcomes.Where(test => !known.Contains(test.Test))).OrderBy(test => test.Start)],
            Workers = Directory.Exists(logFolder) ? TestRunLog.ReadWorkers(logFolder) : [],
        };
    }

    /// <summary>Reads a <c>report.json</c>.</summary>
    /// <exception cref="PostgresTestingException">It is missing or not such a file.</exception>
    public static RunReport Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<RunReport>(File.ReadAllText(file), Json)!;
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            throw new PostgresTestingException($"{file} is not a run report ({failure.Message}). `dotnet dev.cs test` writes one.");
        }
    }

    /// <summary>Writes the three files.</summary>
    /// <param name="report">The run.</param>
    /// <param name="folder">Where to; made when it is not there.</param>
    /// <param name="regressionPercent">How much worse than the median of earlier runs is marked as a regression.</param>
    public static void Write(RunReport report, string folder, double regressionPercent)
    {
        Directory.CreateDirectory(folder);
        var json = JsonSerializer.Serialize(report, Json);
        File.WriteAllText(Path.Combine(folder, "report.json"), json);
        using var stream = typeof(RunReportFiles).Assembly.GetManifestResourceStream("Postgres.Testing.Reporting.report.html")!;
        using var reader = new StreamReader(stream);
        File.WriteAllText(Path.Combine(folder, "report.html"), reader.ReadToEnd()
            .Replace("{{regressions}}", JsonSerializer.Serialize(report.Totals.Regressions(report.History, regressionPercent), Json), StringComparison.Ordinal)
            .Replace("{{report}}", json, StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "summary.md"), Markdown(report, regressionPercent));
    }

    /// <summary>The run in a screen of Markdown, as a step summary of a CI service shows it.</summary>
    public static string Markdown(RunReport report, double regressionPercent)
    {
        ArgumentNullException.ThrowIfNull(report);
        var totals = report.Totals;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"## Tests: {totals.Passed} passed, {totals.Failed} failed, {totals.Skipped} skipped").AppendLine();
        text.AppendLine("| suite | slowest test | start-up | memory of all test databases | isolation overhead |").AppendLine("|---|---|---|---|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {totals.Seconds:0.0} s | {totals.SlowestSeconds:0.00} s | {totals.StartUpMs:0} ms | {(totals.PeakPssMb is { } memory ? $"{memory:0} MB" : "not known")} | {totals.OverheadPercent:0.0} % |");
        foreach (var test in report.Tests.Where(test => test.Outcome == "failed").Take(20))
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**{Plain(test.Test)}**").AppendLine("```text").AppendLine(string.Join('\n', test.Failures).Replace("```", "'''", StringComparison.Ordinal)).AppendLine(test.Forensics).AppendLine("```");
        if (report.Flaky.Count > 0) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Flaky: {string.Join(", ", report.Flaky.Select(Plain))}");
        foreach (var regression in totals.Regressions(report.History, regressionPercent)) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Slower: {regression}");
        return text.ToString();
    }

    static string Plain(string name) => name.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
