using System.Diagnostics;
using System.Xml.Linq;

namespace Postgres.Testing;

/// <summary>Which tests of a suite run, and how: what becomes the runner's settings.</summary>
public sealed record TestSuiteOptions
{
    /// <summary>Full paths of the test assemblies.</summary>
    public required IReadOnlyList<string> Assemblies { get; init; }

    /// <summary>Folder that gets the logs, the results and the settings; emptied first.</summary>
    public required string Folder { get; init; }

    /// <summary>Tests that run at once in a test process.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Order of the tests; null leaves xunit's own.</summary>
    public int? Seed { get; init; }

    /// <summary>Full names of the test methods to run; null for all.</summary>
    public IReadOnlyCollection<string>? Methods { get; init; }

    /// <summary>How long the run goes on when no test begins or ends any more.</summary>
    public TimeSpan HangLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Further options for <c>dotnet test</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment for the test processes, beside this process's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>Runs built test assemblies through <c>dotnet test</c> and collects the report.</summary>
public static class TestSuite
{
    /// <summary>Full names of the test methods of xunit.v3 assemblies, sorted.</summary>
    /// <exception cref="PostgresTestingException">An assembly could not be asked.</exception>
    public static async Task<IReadOnlyList<string>> ListMethodsAsync(IEnumerable<string> assemblies, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(assemblies);
        SortedSet<string> methods = new(StringComparer.Ordinal);
        foreach (var assembly in assemblies)
        {
            List<string> lines = [];
            var start = new ProcessStartInfo("dotnet", [assembly, "-list", "methods", "-noColor", "-noLogo"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            await using var process = OwnedProcess.Start(start, lines.Add);
            if (await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false) != 0)
                throw new PostgresTestingException($"{assembly} could not list its tests:\n{string.Join('\n', lines)}");
            methods.UnionWith(lines.Where(line => line.Contains('.', StringComparison.Ordinal) && !line.Contains(' ', StringComparison.Ordinal)));
        }
        return [.. methods];
    }

    /// <summary>Says what is wrong with options for <c>dotnet test</c> that a run gives itself; null when there is none among them.</summary>
    public static string? FindRefused(IEnumerable<string> arguments)
        => arguments.FirstOrDefault(argument => Own.Contains(argument.Split('=', ':')[0], StringComparer.OrdinalIgnoreCase)) is not { } taken ? null
            : $"{taken} cannot be given: the run has a folder for its results and settings of its own. For other settings or results run `dotnet test` itself.";

    static readonly string[] Own = ["--settings", "-s", "--results-directory"];

    /// <summary>Runs the tests.</summary>
    /// <param name="options">Which and how.</param>
    /// <param name="output">Receives the runner's lines.</param>
    /// <param name="cancellationToken">Ends the run; test processes and their servers are gone when the task has ended.</param>
    /// <returns>The runner's exit code and what is known of the run.</returns>
    public static async Task<(int ExitCode, RunReport Report)> RunAsync(TestSuiteOptions options, Action<string> output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (Directory.Exists(options.Folder)) Directory.Delete(options.Folder, recursive: true);
        Directory.CreateDirectory(LogFolder(options.Folder));
        var settings = Path.Combine(options.Folder, "run.runsettings");
        Settings(options).Save(settings);
        var (begun, clock) = (DateTimeOffset.UtcNow, Stopwatch.StartNew());
        await using var process = OwnedProcess.Start(StartInfo(options, settings), output);
        var exitCode = await EndAsync(process, options, cancellationToken).ConfigureAwait(false);
        var report = RunReportFiles.Collect(LogFolder(options.Folder), ResultsFolder(options.Folder));
        report = exitCode switch
        {
            0 => report,
            null => report with { Tests = [.. report.Tests.Select(test => Ended(test, $"The test did not end, and the run was ended after {options.HangLimit.TotalSeconds:0} s in which no other began or ended."))] },
            { } code => Broken(report, code, TrxFile.ReadErrors(ResultsFolder(options.Folder))),
        };
        return (exitCode ?? 1, report with { Started = begun, Seconds = clock.Elapsed.TotalSeconds, Seed = options.Seed });
    }

    internal static ProcessStartInfo StartInfo(TestSuiteOptions options, string settings)
    {
        var start = new ProcessStartInfo("dotnet", ["test", .. options.Assemblies, "--settings", settings, "--logger", "trx",
            "--results-directory", ResultsFolder(options.Folder), .. options.Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                [PostgresTestingEnvironment.Report] = LogFolder(options.Folder),
                [PostgresTestingEnvironment.Workers] = $"{options.Workers}",
            },
        };
        if (options.Seed is { } seed) start.Environment[PostgresTestingEnvironment.Seed] = $"{seed}";
        foreach (var (name, value) in options.Environment) start.Environment[name] = value;
        return start;
    }

    /// <summary>Processes and their servers start, and tests without a database run, before the first is logged.</summary>
    static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);

    // Null when it had to be ended, since a test that waits for nothing in particular cannot be told to.
    static async Task<int?> EndAsync(OwnedProcess process, TestSuiteOptions options, CancellationToken cancellationToken)
    {
        var ended = process.WaitForExitAsync(cancellationToken);
        var (begun, start) = (DateTime.UtcNow, options.HangLimit > LongestStart ? options.HangLimit : LongestStart);
        while (await Task.WhenAny(ended, Task.Delay(options.HangLimit / 4, cancellationToken)).ConfigureAwait(false) != ended)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<DateTime> ends = [.. new DirectoryInfo(LogFolder(options.Folder)).EnumerateFiles().Where(file => file.Length > 0).Select(file => file.LastWriteTimeUtc)];
            if (ends.Count == 0 ? DateTime.UtcNow - begun < start : DateTime.UtcNow - ends.Max() < options.HangLimit) continue;
            await process.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        return await ended.ConfigureAwait(false);
    }

    static TestRecord Ended(TestRecord test, string why) => test.Outcome != "unknown" ? test : test with { Outcome = "failed", Failures = [why] };

    /// <summary>Of a run that ended badly: names the tests that ran when their process ended, and what went wrong beside the tests, such as a
    /// fixture that failed at its end. Without any record nothing ran, and the report stays empty.</summary>
    internal static RunReport Broken(RunReport report, int exitCode, IReadOnlyList<string> errors)
    {
        var tests = report.Tests.Select(test => Ended(test, "The test process ended while this test ran: this one, or one that ran beside it, ended it.")).ToList();
        if (errors.Count > 0 || (tests.Count > 0 && !tests.Exists(test => test.HasFailed)))
            tests.Add(new() { Test = WholeRun, Outcome = "failed", Process = 0, Start = DateTimeOffset.UtcNow, Failures = [$"The test runner ended with exit code {exitCode}.", .. errors] });
        return report with { Tests = tests };
    }

    /// <summary>Stands among the tests for what is the fault of none of them.</summary>
    internal const string WholeRun = "the run itself";

    /// <summary>Where the test processes of a run in <paramref name="folder"/> log, for a display of its progress.</summary>
    public static string LogFolder(string folder) => Path.Combine(folder, "log");

    static string ResultsFolder(string folder) => Path.Combine(folder, "results");

    internal static XDocument Settings(TestSuiteOptions options) => new(new XElement("RunSettings",
        new XElement("RunConfiguration", options.Methods is { } methods
            ? new XElement("TestCaseFilter", methods.Count == 0 ? "FullyQualifiedName=none" : string.Join('|', methods.Select(method => $"FullyQualifiedName={method}")))
            : null),
        new XElement("xUnit",
            new XElement("MaxParallelThreads", options.Workers),
            options.Seed is { } seed ? new XElement("Seed", seed) : null)));
}
