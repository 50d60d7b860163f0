using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;

namespace Postgres.Testing;

/// <summary>A run report on disk: <c>report.json</c>, <c>report.html</c> (one file, no network) and <c>summary.md</c>.</summary>
public static class RunReportFiles
{
    // The default encoder writes < as \u003C, so that no text of a test can close the page's script element.
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    static readonly JsonSerializerOptions Strict = new(Json) { RespectNullableAnnotations = true };

    // GitHub refuses a step summary of more than 1 MiB: what is cut to these many characters, of at most three bytes each, stays below.
    const int MostFailures = 20, FailureCharacters = 4000, NameCharacters = 400, ListCharacters = 20_000;

    /// <summary>Joins what the test processes logged with what the runner reported: tests that used no database are in the latter only.</summary>
    /// <param name="logFolder">Folder of the JSON lines (<see cref="TestRunLog"/>); may be missing.</param>
    /// <param name="resultsFolder">Folder of the <c>*.trx</c> files; may be missing.</param>
    public static RunReport Collect(string logFolder, string resultsFolder)
    {
        var isLogged = Directory.Exists(logFolder);
        return new() { Tests = Join(isLogged ? TestRunLog.ReadFolder(logFolder) : [], TrxFile.ReadFolder(resultsFolder)), Workers = isLogged ? TestRunLog.ReadWorkers(logFolder) : [] };
    }

    internal static IReadOnlyList<TestRecord> Join(IReadOnlyList<TestRecord> logged, IReadOnlyList<TestRecord> reported)
    {
        var results = reported.GroupBy(result => Key(result.Test)).ToDictionary(group => group.Key, group => group.ToList());
        List<TestRecord> tests = [.. logged.Select(Joined)];
        return [.. tests.Concat(results.Values.SelectMany(left => left)).OrderBy(test => test.Start)];

        // Cases of a theory may have one name, and a fixture that fails at its end fails each test once more: the time tells which is which.
        TestRecord Joined(TestRecord test)
        {
            if (results.GetValueOrDefault(Key(test.Test))?.MinBy(result => (result.Start - test.Start).Duration()) is not { } result)
                return test.Outcome == TestRunLog.Running ? test with { Outcome = "unknown" } : test;
            results[Key(test.Test)].Remove(result);
            return test with { Outcome = result.Outcome, Failures = test.Failures.Count > 0 ? test.Failures : result.Failures };
        }
    }

    // In the results half a character beyond the first 65,536, and what XML cannot hold, stands as the text \uxxxx.
    static string Key(string name) => name.All(XmlConvert.IsXmlChar) ? name
        : string.Concat(name.Select(unit => XmlConvert.IsXmlChar(unit) ? $"{unit}" : $"\\u{(int)unit:x4}"));

    /// <summary>Reads a <c>report.json</c>.</summary>
    /// <exception cref="PostgresTestingException">It is missing or not such a file.</exception>
    public static RunReport Read(string file)
    {
        try
        {
            var report = JsonSerializer.Deserialize<RunReport>(File.ReadAllText(file), Strict);
            if (report is null || report.Tests.Contains(null!) || report.Workers.Contains(null!) || report.History.Contains(null!))
                throw new JsonException("it holds null where a run, a test, a worker or totals belong");
            // A number that is too large to be one is read as infinity, which nothing that is made of this report could be written with.
            JsonSerializer.Serialize(Stream.Null, report, Json);
            return report;
        }
        catch (ArgumentException)
        {
            throw new PostgresTestingException($"{file} is not a run report (it holds a number beyond all bounds). `dotnet dev.cs test` writes one.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new PostgresTestingException($"{file} is not a run report ({failure.Message.TrimEnd('.')}). `dotnet dev.cs test` writes one.");
        }
    }

    /// <summary>Reads a <c>report.json</c> that may be missing; one that is broken counts as missing, and <paramref name="log"/> is told so.</summary>
    public static RunReport? TryRead(string file, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (!Path.Exists(file)) return null;
        try
        {
            return Read(file);
        }
        catch (PostgresTestingException failure)
        {
            log($"Ignored: {failure.Message}");
            return null;
        }
    }

    /// <summary>Writes the three files, each whole or not at all.</summary>
    /// <param name="report">The run.</param>
    /// <param name="folder">Where to; made when it is not there.</param>
    /// <param name="regressionPercent">How much worse than the median of earlier runs is marked as a regression.</param>
    public static void Write(RunReport report, string folder, double regressionPercent)
    {
        ArgumentNullException.ThrowIfNull(report);
        Directory.CreateDirectory(folder);
        var json = JsonSerializer.Serialize(report, Json);
        using var stream = typeof(RunReportFiles).Assembly.GetManifestResourceStream("Postgres.Testing.Reporting.report.html")!;
        using var reader = new StreamReader(stream);
        Replace(Path.Combine(folder, "report.html"), reader.ReadToEnd()
            .Replace("{{regressions}}", JsonSerializer.Serialize(report.Totals.Regressions(report.History, regressionPercent), Json), StringComparison.Ordinal)
            .Replace("{{report}}", json, StringComparison.Ordinal));
        Replace(Path.Combine(folder, "summary.md"), Markdown(report, regressionPercent));
        Replace(Path.Combine(folder, "report.json"), json);
    }

    /// <summary>Writes a file so that who is killed meanwhile leaves the one that was there.</summary>
    internal static void Replace(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>The run in a screen of Markdown, as a step summary of a CI service shows it: never more than a megabyte.</summary>
    public static string Markdown(RunReport report, double regressionPercent)
    {
        ArgumentNullException.ThrowIfNull(report);
        var totals = report.Totals;
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"## Tests: {totals.Passed} passed, {totals.Failed} failed, {totals.Skipped} skipped").AppendLine();
        text.AppendLine("| suite | slowest test | start-up | memory of all test databases | isolation overhead |").AppendLine("|---|---|---|---|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| {totals.Seconds:0.0} s | {totals.SlowestSeconds:0.00} s | {totals.StartUpMs:0} ms | {(totals.PeakPssMb is { } memory ? $"{memory:0} MB" : "not known")} | {totals.OverheadPercent:0.0} % |");
        foreach (var test in report.Tests.Where(test => test.HasFailed).Take(MostFailures))
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**{Cut(Plain(test.Test), NameCharacters)}**").AppendLine("```text").AppendLine(Fenced(string.Join('\n', test.Failures))).AppendLine(Fenced(test.Forensics ?? "")).AppendLine("```");
        if (totals.Failed > MostFailures) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{totals.Failed - MostFailures} more failed tests are in the report only.");
        if (report.Flaky.Count > 0) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Flaky: {Cut(string.Join(", ", report.Flaky.Select(Plain)), ListCharacters)}");
        foreach (var regression in totals.Regressions(report.History, regressionPercent)) text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Slower: {regression}");
        return text.ToString();
    }

    /// <summary>Adds the screen of Markdown to a file, such as the step summary of a CI service. One that cannot be written costs a line of
    /// <paramref name="log"/>, and not the run.</summary>
    public static void AppendMarkdown(RunReport report, double regressionPercent, string file, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        try
        {
            File.AppendAllText(file, Markdown(report, regressionPercent));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log($"The summary was not written to {file}: {failure.Message}");
        }
    }

    static string Fenced(string text) => Cut(text.Replace("```", "'''", StringComparison.Ordinal), FailureCharacters);

    static string Cut(string text, int most)
    {
        if (text.Length <= most) return text;
        if (char.IsHighSurrogate(text[most - 1])) most--;
        return $"{text[..most]} … cut: {text.Length - most} more characters are in the report";
    }

    static string Plain(string name) => name.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
