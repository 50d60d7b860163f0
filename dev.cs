#!/usr/bin/env dotnet
#:project Postgres.Testing/Postgres.Testing.csproj
#:package Spectre.Console
#:package System.CommandLine
#:property PublishAot=false

// The front of the repository: `dotnet dev.cs help` lists the verbs. What can be library code lives in Postgres.Testing.

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Postgres.Testing;
using Spectre.Console;

using var stop = new StopRequest();
return await Dev.RunAsync(args, stop.Token);

static class Dev
{
    static readonly string Root = Path.GetDirectoryName(SourcePath())!;
    static readonly string Artifacts = Path.Combine(Root, "artifacts");
    static readonly bool Interactive = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected;

    static string SourcePath([CallerFilePath] string path = "") => path;

    public static async Task<int> RunAsync(string[] args, CancellationToken stop)
    {
        var root = Verbs();
        var help = args is [] or ["help", ..];
        if (help) args = [.. args.Skip(1)];
        var unknown = args is [var verb, ..] && !verb.StartsWith('-') && root.Subcommands.All(command => command.Name != verb) ? $"there is no verb '{verb}'" : null;
        var parsed = root.Parse(help ? [.. args, "--help"] : args);
        if ((unknown ?? (parsed.Errors is [var first, ..] ? first.Message.TrimEnd('.') : null)) is { } error)
        {
            await Console.Error.WriteLineAsync($"dev.cs: {error}. What there is: dotnet dev.cs help");
            return 2;
        }
        if (help)
        {
            var text = new StringWriter();
            await parsed.InvokeAsync(new() { Output = text }, stop);
            Say(text.ToString().Replace("  dev ", "  dotnet dev.cs ", StringComparison.Ordinal).Trim());
            return 0;
        }
        try
        {
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception failure) when (failure is PostgresTestingException or DevException)
        {
            await Console.Error.WriteLineAsync($"dev.cs: {failure.Message}");
            return 1;
        }
    }

    static RootCommand Verbs()
    {
        var port = Number("--port", "Port of the chat page.", 1, 65535, 5080);
        var yes = new Option<bool>("--yes") { Description = "Install what is missing without asking." };
        const int MostWorkers = 1000;
        var stated = Environment.GetEnvironmentVariable(PostgresTestingEnvironment.Workers) is { Length: > 0 } variable ? variable : "4";
        var areStated = int.TryParse(stated, out var otherwise) && otherwise is >= 1 and <= MostWorkers;
        var workers = Number("--workers", "Tests that run at once in each test process.", 1, MostWorkers, areStated ? otherwise : null);
        var repeat = Number("--repeat", "Runs of the suite; tests that pass and fail are reported as flaky. Goes on where it was stopped when given the same seed.", 1, 100_000, 1);
        var random = new Option<bool>("--random-order") { Description = "Another order of the tests in every run." };
        var seed = Number("--seed", "Seed of the order, as an earlier run printed it.", 0, int.MaxValue, null);
        var shard = new Option<(int Number, int Count)?>("--shard") { Description = "Part of the suite, such as 2/8, balanced by the durations of the last whole run.", CustomParser = Part };
        var dryRun = new Option<bool>("--dry-run") { Description = "With --shard: only show the plan." };
        var withoutAspire = new Option<bool>("--without-aspire") { Description = "Leave the Aspire part out, also where its packages restore." };
        var regression = Number("--fail-on-regression", "Fail when time or memory is this many percent above the median of earlier runs.", 1, 10_000, null);
        var tests = new Option<string?>("--tests") { Description = "Instead: what in that test project will hurt when its tests run in parallel, each in a database of its own." };
        var merge = new Command("merge", "Joins the reports of shards into one.");
        var files = new Argument<string[]>("files") { Description = "The report.json of each shard.", Arity = ArgumentArity.OneOrMore };
        merge.Add(files);
        merge.SetAction((parsed, stop) => ReportAsync(parsed.GetValue(files)!, stop));
        var report = Verb("report", "Opens the report of the last run of the tests.", (_, stop) => ReportAsync([], stop));
        report.Add(merge);
        var test = Verb("test", "Every test, in parallel, each in its own schema. Other options reach `dotnet test`: --filter FullyQualifiedName~Memory; after -- those that dotnet itself knows.",
            (parsed, stop) => TestAsync(new(parsed.GetValue(workers)!.Value, parsed.GetValue(repeat)!.Value,
                parsed.GetValue(seed) ?? (parsed.GetValue(random) ? Random.Shared.Next(1, 1_000_000) : parsed.GetValue(repeat) > 1 ? 1 : null),
                parsed.GetValue(shard), parsed.GetValue(dryRun), !parsed.GetValue(withoutAspire), parsed.GetValue(regression), [.. parsed.UnmatchedTokens]),
                parsed.GetValue(yes), stop), workers, repeat, random, seed, shard, dryRun, withoutAspire, regression, yes);
        test.Validators.Add(given => { if (given.GetValue(dryRun) && given.GetResult(shard) is null) given.AddError("--dry-run shows the plan of a shard, so it needs --shard, such as --shard 2/8"); });
        test.Validators.Add(given => { if (!areStated && given.GetResult(workers) is not { Implicit: false }) given.AddError($"{PostgresTestingEnvironment.Workers} takes a number from 1 to {MostWorkers}, not '{stated}'"); });
        return new("AspireTests: real, isolated, parallel PostgreSQL + pgvector tests.")
        {
            Verb("up", "Database and agent, ready to talk to: prints the address of the chat page and runs until Ctrl+C.",
                (parsed, stop) => UpAsync(parsed.GetValue(port)!.Value, parsed.GetValue(yes), stop), port, yes),
            test,
            report,
            Verb("db", "Only the embedded server: prints its connection string and runs until Ctrl+C.",
                (parsed, stop) => DatabaseAsync(parsed.GetValue(yes), stop), yes),
            Verb("doctor", "What was found on this machine, and for what is missing the command that mends it.",
                (parsed, stop) => parsed.GetValue(tests) is { } project ? Task.FromResult(Examine(project)) : DoctorAsync(stop), tests),
            Verb("manifest", "Writes aspire-manifest.json, the model as it is deployed.", (_, stop) => ManifestAsync(stop)),
            Verb("clean", "Removes caches and what a crash left behind.", (_, _) => Task.FromResult(Clean())),
        };
    }

    static Option<int?> Number(string name, string description, int least, int most, int? otherwise) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out var number) && number >= least && number <= most) return number;
            result.AddError($"{name} takes a number from {least} to {most}, not '{result.Tokens[0].Value}'");
            return null;
        },
    };

    static (int Number, int Count)? Part(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var part = ShardPlan.Parse(text);
        if (part is null) result.AddError($"--shard takes a part and the number of parts, such as 2/8 (at most {ShardPlan.MostParts} parts), not '{text}'");
        return part;
    }

    static Command Verb(string name, string description, Func<ParseResult, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = name != "test" };
        foreach (var symbol in symbols)
        {
            if (symbol is Option option) command.Add(option);
            else command.Add((Argument)symbol);
        }
        command.SetAction(run);
        return command;
    }

    static async Task<int> UpAsync(int port, bool yes, CancellationToken stop)
    {
        await SetUpAsync(yes, stop);
        var building = BuildAsync(Path.Combine("Agent", "Agent.csproj"), stop);
        await using var server = await EmbeddedPostgres.StartAsync(new() { Log = Say }, stop);
        await building;
        var address = $"http://localhost:{FreePort(port)}";
        var start = new ProcessStartInfo("dotnet", [Output("Agent")])
        {
            WorkingDirectory = Path.Combine(Root, "Agent"),
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = address,
                ["ConnectionStrings__agentdb"] = server.ConnectionString,
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        await using var agent = OwnedProcess.Start(start);
        await StepAsync("Starting the agent", () => AnswersAsync(agent, address + "/health", stop));
        Say($"""

            Chat page   {address}
            Database    {server.ConnectionString}
            It is there, with all that was said, until you press Ctrl+C.
            """);
        await Task.WhenAny(agent.WaitForExitAsync(stop), server.Exited.WaitAsync(stop));
        stop.ThrowIfCancellationRequested();
        throw new DevException(agent.HasExited ? $"the agent ended with exit code {agent.ExitCode}; its last lines above say why."
            : "the database server ended; `dotnet dev.cs doctor` shows what this machine has.");
    }

    static async Task AnswersAsync(OwnedProcess agent, string address, CancellationToken stop)
    {
        using var http = new HttpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                if ((await http.GetAsync(address, limit.Token)).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (!agent.HasExited)
            {
            }
            if (agent.HasExited) throw new DevException($"the agent ended with exit code {agent.ExitCode} while it started; its last lines above say why.");
            await Task.Delay(50, limit.Token);
        }
    }

    sealed record TestChoice(int Workers, int Repeat, int? Seed, (int Number, int Count)? Shard, bool DryRun, bool Aspire, int? FailOnRegression, string[] Options);

    static async Task<int> TestAsync(TestChoice choice, bool yes, CancellationToken stop)
    {
        if (TestSuite.FindRefused(choice.Options) is { } refused) throw new DevException(refused);
        using var alone = RunLock.Take(Artifacts);
        await SetUpAsync(yes, stop);
        await PostgresSetup.EnsureChromiumAsync(Say, stop);
        var aspire = choice.Aspire && await AspireRestoresAsync(stop);
        if (!aspire) Say("The Aspire part is left out" + (choice.Aspire ? ": its packages do not restore from this machine's feed (asked again an hour later, or after `dotnet dev.cs clean`). Everything else runs." : "."));
        await BuildAsync(aspire ? "AspireTests.sln" : "AspireTests.Embedded.slnf", stop, $"-p:UseAspire={(aspire ? "true" : "false")}");

        string[] assemblies = [Output("Postgres.Testing.Tests"), Output("Agent.Tests")];
        var history = Histories();
        var (methods, plan) = choice.Shard is not { } shard ? default : await ShardAsync(shard, assemblies, choice.DryRun, choice.Options, stop);
        if (choice.DryRun) return 0;
        var name = choice.Shard is var (number, count) ? $"{number}/{count}" : null;
        var series = choice.Repeat == 1 ? null : RunSeries.Open(Path.Combine(Artifacts, "repeat", $"{choice.Seed}"), RunSeries.Fingerprint(assemblies,
            [$"{choice.Workers}", name, plan, $"{aspire}", Environment.GetEnvironmentVariable("AGENT_TESTS_HOST"), .. choice.Options]), choice.Repeat, Say);
        List<RunReport> reports = [];
        for (var run = 1; run <= choice.Repeat; run++)
        {
            if (series?.Earlier(run) is { } earlier)
            {
                Say($"Run {run} of {choice.Repeat}: taken from the earlier run");
                reports.Add(earlier);
                continue;
            }
            var seed = unchecked(choice.Seed + run - 1) & int.MaxValue;
            if (seed is not null) Say($"Run {run} of {choice.Repeat}, seed {seed}");
            var report = await RunOnceAsync(choice, assemblies, methods, series?.Folder(run) ?? Path.Combine(Artifacts, "run"), seed, aspire, history.LastOrDefault(), stop);
            if (report.Tests.Count == 0 && name is null)
                throw new DevException($"no test was found for `{string.Join(' ', choice.Options)}` (--filter FullyQualifiedName~Memory would find some); the last report stays as it was.");
            reports.Add(report with { Shard = name, Plan = plan });
            series?.Keep(run, reports[^1], RegressionPercent);
        }
        return Conclude(RunReport.Merge(reports) with { History = history, Seed = choice.Seed, Shard = name, Plan = plan, Seconds = reports.Average(report => report.Seconds) },
            isWhole: name is null && choice.Options is [], choice.FailOnRegression);
    }

    /// <summary>All tests in-process, then, with Aspire, the agent's once more through the AppHost; AGENT_TESTS_HOST chooses one of the two.</summary>
    static async Task<RunReport> RunOnceAsync(TestChoice choice, string[] assemblies, IReadOnlyCollection<string>? methods, string folder, int? seed, bool aspire,
        RunTotals? last, CancellationToken stop)
    {
        (string[] Assemblies, string Host)[] passes = Environment.GetEnvironmentVariable("AGENT_TESTS_HOST") is { Length: > 0 } chosen ? [(assemblies, chosen)]
            : aspire ? [(assemblies, "in-process"), ([Output("Agent.Tests")], "")] : [(assemblies, "in-process")];
        List<RunReport> parts = [];
        foreach (var pass in passes)
        {
            var (exitCode, part) = await WatchAsync(new()
            {
                Assemblies = pass.Assemblies,
                Folder = Path.Combine(folder, pass.Host is "" ? "aspire" : pass.Host),
                Workers = choice.Workers,
                Seed = seed,
                Methods = methods,
                HangLimit = Patience(),
                Arguments = choice.Options,
                Environment = new Dictionary<string, string> { ["AGENT_TESTS_HOST"] = pass.Host },
            }, last, stop);
            if (exitCode != 0 && part.Tests.Count == 0)
                throw new DevException($"the test runner ended with exit code {exitCode} before any test: it was cut off, or refused its options (its lines above say which); the last report stays as it was.");
            parts.Add(part);
        }
        var whole = RunReport.Merge(parts);
        return whole with { Tests = [.. whole.Tests.Select(test => test with { Run = 0 })], Seconds = parts.Sum(part => part.Seconds), Seed = seed };
    }

    /// <summary>How long a run may be silent: beyond what one test may take, and somebody wants to look at kept databases.</summary>
    static TimeSpan Patience()
    {
        const int Day = 86_400;
        var isUnlimited = Environment.GetEnvironmentVariable(PostgresTestingEnvironment.Limit) == "0";
        return TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds((isUnlimited ? Day : Seconds(PostgresTestingEnvironment.Limit)) + Seconds(PostgresTestingEnvironment.Hold));

        static int Seconds(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var seconds) ? Math.Clamp(seconds, 0, Day) : 0;
    }

    const double RegressionPercent = 25;
    static readonly string ReportFolder = Path.Combine(Artifacts, "report");
    static readonly string Durations = Path.Combine(Artifacts, "durations.json");

    static RunTotals[] Histories() => RunReportFiles.TryRead(Path.Combine(ReportFolder, "report.json"), Say) is { } last ? [.. last.History.Append(last.Totals).TakeLast(30)] : [];

    static int Conclude(RunReport report, bool isWhole, int? failOnRegression)
    {
        // One that was cut off knows little of what its tests take.
        if (isWhole && report.Totals.Failed == 0) TestDurations.Write(Durations, report);
        RunReportFiles.Write(report, ReportFolder, failOnRegression ?? RegressionPercent);
        if (Environment.GetEnvironmentVariable("GITHUB_STEP_SUMMARY") is { Length: > 0 } summary)
            RunReportFiles.AppendMarkdown(report, failOnRegression ?? RegressionPercent, summary, Say);
        var totals = report.Totals;
        var regressions = totals.Regressions(report.History, failOnRegression ?? RegressionPercent);
        foreach (var flaky in report.Flaky) Say($"Flaky: {flaky}");
        foreach (var regression in regressions) Say($"Slower: {regression}");
        Say($"Report: {Path.Combine(ReportFolder, "report.html")}");
        Say($"{totals.Passed} passed, {totals.Failed} failed, {totals.Skipped} skipped");
        return totals.Failed > 0 || (failOnRegression is not null && regressions.Count > 0) ? 1 : 0;
    }

    static async Task<(IReadOnlyCollection<string> Methods, string Plan)> ShardAsync((int Number, int Count) shard, string[] assemblies, bool dryRun, string[] options, CancellationToken stop)
    {
        var (number, count) = shard;
        var plan = ShardPlan.Create(await TestSuite.ListMethodsAsync(assemblies, stop), TestDurations.Read(Durations, Say), count);
        foreach (var part in dryRun ? plan : []) Say($"{part.Number}/{count}: {part.Tests.Count} test methods, {part.Milliseconds / 1000:0.0} s when they last ran");
        foreach (var test in dryRun ? plan[number - 1].Tests : []) Say($"  {test}");
        return (plan[number - 1].Tests, ShardPlan.Fingerprint(plan, options));
    }

    /// <summary>Runs the tests; in a terminal with a line that shows how far it is.</summary>
    static async Task<(int ExitCode, RunReport Report)> WatchAsync(TestSuiteOptions options, RunTotals? last, CancellationToken stop)
    {
        if (!Interactive) return await TestSuite.RunAsync(options, Say, stop);
        var clock = Stopwatch.StartNew();
        return await AnsiConsole.Status().StartAsync("Tests …", async status =>
        {
            var run = TestSuite.RunAsync(options, line => AnsiConsole.WriteLine(line), stop);
            while (await Task.WhenAny(run, Task.Delay(400, stop)) != run)
            {
                var tests = Directory.Exists(TestSuite.LogFolder(options.Folder)) ? TestRunLog.ReadFolder(TestSuite.LogFolder(options.Folder)) : [];
                var running = tests.Where(test => test.Outcome == TestRunLog.Running).Select(test => test.Test.Split('.')[^1]).ToList();
                var failed = tests.Count(test => test.Outcome == "failed");
                status.Status(Markup.Escape($"{tests.Count - running.Count} done{(failed > 0 ? $", {failed} failed" : "")}"
                    + (last is null ? "" : $" of about {last.Passed + last.Failed}, {Math.Max(0, last.Seconds - clock.Elapsed.TotalSeconds):0} s left")
                    + $" · {string.Join(", ", running.Take(3))}"));
            }
            return await run;
        });
    }

    static async Task<int> ReportAsync(string[] merge, CancellationToken stop)
    {
        if (merge.Length > 0 && ShardReports.Merge(merge) is var (merged, isWhole))
            return Conclude(Histories() is { Length: > 0 } own ? merged with { History = own } : merged, isWhole, null);
        var page = Path.Combine(ReportFolder, "report.html");
        if (!File.Exists(page)) throw new DevException("there is no report yet: `dotnet dev.cs test` writes one.");
        Say(page);
        if (!Interactive) return 0;
        string[] openers = OperatingSystem.IsMacOS() ? ["open"] : OperatingSystem.IsWindows() ? ["explorer"] : ["xdg-open"];
        try
        {
            using var opener = Process.Start(new ProcessStartInfo(openers[0], [page]) { RedirectStandardError = true });
            await opener!.WaitForExitAsync(stop);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Say("No browser could be opened from here: open the file above in one.");
        }
        return 0;
    }

    static async Task<int> DatabaseAsync(bool yes, CancellationToken stop)
    {
        await SetUpAsync(yes, stop);
        await using var server = await EmbeddedPostgres.StartAsync(new() { Log = Say }, stop);
        Say(server.ConnectionString);
        await server.Exited.WaitAsync(stop);
        throw new DevException("the database server ended.");
    }

    static async Task<int> DoctorAsync(CancellationToken stop)
    {
        var table = new Table { Border = TableBorder.Rounded }.AddColumns("what", "state", "found", "mend it with");
        var aspire = await AspireRestoresAsync(stop);
        foreach (var finding in await PostgresSetup.InspectAsync(aspire, stop))
            table.AddRow(new Text(finding.Name), new Markup(finding.IsOk ? "[green]ok[/]" : finding.IsRequired ? "[red]missing[/]" : "[yellow]optional[/]"),
                new Text(finding.Detail), new Text(finding.Mend ?? ""));
        if (Console.IsOutputRedirected) (AnsiConsole.Profile.Width, AnsiConsole.Profile.Capabilities.Ansi) = (240, false);
        AnsiConsole.Write(table);
        return 0;
    }

    static int Examine(string project)
    {
        var findings = TestProjectScan.Scan(project);
        foreach (var problem in findings.GroupBy(finding => (finding.Problem, finding.Instead)))
        {
            Say($"{problem.Key.Problem}\n  → {problem.Key.Instead}");
            foreach (var finding in problem) Say($"  {finding.File}:{finding.Line}  {finding.Text}");
        }
        Say(findings.Count == 0 ? "Nothing was found that will hurt." : $"{findings.Count} places to look at; docs/migrating.md says how others were moved.");
        return 0;
    }

    static async Task<int> ManifestAsync(CancellationToken stop)
    {
        if (!await AspireRestoresAsync(stop))
            throw new DevException("the manifest needs the Aspire 13.5.2 packages, which this machine's package feed lacks: add a feed that has them (dotnet nuget add source …).");
        var file = Path.Combine(Root, "aspire-manifest.json");
        await RunQuietlyAsync("Writing aspire-manifest.json", ["run", "--project", Path.Combine(Root, "AppHost"), "--", "--publisher", "manifest", "--output-path", file], stop);
        return 0;
    }

    static int Clean()
    {
        using var alone = RunLock.Take(Artifacts);
        foreach (var removed in PostgresSetup.Clean()) Say($"removed {removed}");
        RunLock.Empty(Artifacts);
        Say($"emptied {Artifacts}");
        return 0;
    }

    static Task SetUpAsync(bool yes, CancellationToken stop) =>
        PostgresSetup.EnsureAsync(Say, question => yes || !Interactive || AnsiConsole.Confirm(question), stop);

    static Task BuildAsync(string project, CancellationToken stop, params string[] options) =>
        RunQuietlyAsync($"Building {project}", ["build", Path.Combine(Root, project), "-v", "q", "-nologo", "-clp:NoSummary", .. options], stop);

    /// <summary>Whether AppHost restores; a yes is asked of the feed once for each state of the feed's configuration.</summary>
    static async Task<bool> AspireRestoresAsync(CancellationToken stop)
    {
        var cache = Path.Combine(Artifacts, "aspire-restores.txt");
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(FeedConfiguration().Select(File.ReadAllText)))));
        // A feed that did not answer looks like one that has not got it: a no does not hold for long.
        if (File.Exists(cache) && File.ReadAllText(cache).Split(' ') is [var known, var answer] && known == key
            && (answer == "true" || DateTime.UtcNow - File.GetLastWriteTimeUtc(cache) < TimeSpan.FromHours(1))) return answer == "true";
        var restores = true;
        try
        {
            await RunQuietlyAsync("Asking the package feed for Aspire", ["restore", Path.Combine(Root, "AppHost", "AppHost.csproj"), "-v", "q"], stop, quietFailure: true);
        }
        catch (DevException)
        {
            restores = false;
        }
        Directory.CreateDirectory(Artifacts);
        await File.WriteAllTextAsync(cache, $"{key} {(restores ? "true" : "false")}", stop);
        return restores;
    }

    static IEnumerable<string> FeedConfiguration()
    {
        var folders = new List<string> { Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "NuGet"),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "NuGet") };
        for (var folder = Root; folder is not null; folder = Path.GetDirectoryName(folder)) folders.Add(folder);
        return folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file).Equals("nuget.config", StringComparison.OrdinalIgnoreCase)))
            .Append(Path.Combine(Root, "Directory.Packages.props")).Append(Path.Combine(Root, "AppHost", "AppHost.csproj"));
    }

    static Task RunQuietlyAsync(string title, string[] arguments, CancellationToken stop, bool quietFailure = false) => StepAsync(title, async () =>
    {
        var output = new StringBuilder();
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
        await using var process = OwnedProcess.Start(start, line => { lock (output) output.AppendLine(line); });
        if (await process.WaitForExitAsync(stop) == 0) return;
        if (!quietFailure) await Console.Error.WriteLineAsync(output);
        throw new DevException($"`dotnet {string.Join(' ', arguments)}` ended with exit code {process.ExitCode}.");
    });

    static async Task StepAsync(string title, Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        if (Interactive) await AnsiConsole.Status().StartAsync(Markup.Escape(title) + " …", _ => work());
        else await work();
        Say($"{title}: {clock.Elapsed.TotalSeconds:0.0} s");
    }

    static string Output(string project) => Path.Combine(Root, project, "bin", "Debug", "net10.0", project + ".dll");

    static int FreePort(int wanted)
    {
        foreach (var port in (int[])[wanted, 0])
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                var free = ((IPEndPoint)socket.LocalEndPoint!).Port;
                if (free != wanted) Say($"Port {wanted} is taken: the chat page is on {free}. Another one: --port N.");
                return free;
            }
            catch (SocketException) when (port != 0)
            {
            }
        }
        throw new DevException("no free port on 127.0.0.1.");
    }

    static void Say(string line) => Console.WriteLine(line);
}

sealed class DevException(string message) : Exception(message);

/// <summary>Ctrl+C, SIGTERM or the end of the `dotnet` that started us: the first asks for a tidy stop, the second ends at once.</summary>
sealed class StopRequest : IDisposable
{
    readonly CancellationTokenSource source = new();
    readonly List<IDisposable> registrations = [];

    public StopRequest()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Request();
            }));
        if (OperatingSystem.IsWindows()) return;
        var parent = ParentProcessId();
        registrations.Add(new Timer(_ => { if (ParentProcessId() != parent) source.Cancel(); }, null, 500, 500));
    }

    public CancellationToken Token => source.Token;

    void Request()
    {
        if (source.IsCancellationRequested) Environment.Exit(130);
        Console.WriteLine("Stopping; once more to stop at once.");
        source.Cancel();
    }

    [DllImport("libc", EntryPoint = "getppid")]
    static extern int ParentProcessId();

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }
}
