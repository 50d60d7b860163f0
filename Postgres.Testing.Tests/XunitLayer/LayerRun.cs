using System.Diagnostics;
using System.Text;
using System.Xml.Linq;

namespace Postgres.Testing.Tests.XunitLayer;

/// <summary>A real run of <see cref="SampleFactAttribute"/> tests of this assembly in a process of its own.</summary>
sealed record LayerRun(int ExitCode, string Console, IReadOnlyDictionary<string, LayerRun.Result> Tests, IReadOnlyList<TestRecord> Log)
{
    /// <summary>Of a run that no longer ends: what it tests is then what should have cut it off.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public sealed record Result(string Outcome, string Output, string Message);

    public Result this[string test] => Tests.TryGetValue(test, out var result) ? result
        : throw new KeyNotFoundException($"The run has no result of '{test}'. Its exit code is {ExitCode}, and it has said: {Console}");

    public static Task<LayerRun> OfAsync(string[] classes, CancellationToken token, params (string Name, string Value)[] environment)
        => ThroughAsync([], classes, token, environment);

    /// <summary>The same; <paramref name="wrap"/> are commands to run it through.</summary>
    public static async Task<LayerRun> ThroughAsync(string[] wrap, string[] classes, CancellationToken token, params (string Name, string Value)[] environment)
    {
        var folder = Directory.CreateTempSubdirectory("layer run ").FullName;
        try
        {
            using var process = Process.Start(StartInfo(wrap, folder, classes, environment))!;
            var console = new StringBuilder();
            DataReceivedEventHandler note = (_, line) => { lock (console) console.AppendLine(line.Data); };
            process.OutputDataReceived += note;
            process.ErrorDataReceived += note;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
            limit.CancelAfter(Limit);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                token.ThrowIfCancellationRequested();
                lock (console) Assert.Fail($"The run did not end within {Limit.TotalMinutes} minutes, and has said: {console}");
            }
            var results = Path.Combine(folder, "results.xml");
            var tests = File.Exists(results)
                ? XDocument.Load(results).Descendants("test").ToDictionary(
                    test => test.Attribute("name")!.Value.Split('.')[^1],
                    test => new Result(test.Attribute("result")!.Value, test.Element("output")?.Value ?? "", test.Element("failure")?.Element("message")?.Value ?? ""))
                : [];
            return new(process.ExitCode, console.ToString(), tests, Directory.Exists(Path.Combine(folder, "report")) ? TestRunLog.ReadFolder(Path.Combine(folder, "report")) : []);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>How to start such a process, which leaves its results in a folder.</summary>
    public static ProcessStartInfo StartInfo(string[] wrap, string folder, string[] classes, params (string Name, string Value)[] environment)
    {
        string[] command = [.. wrap, Path.Combine(AppContext.BaseDirectory, "Postgres.Testing.Tests"), "-noColor", "-maxThreads", "4", "-xml", Path.Combine(folder, "results.xml")];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        // What holds for the run that this one is part of does not hold for this one.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("POSTGRES_TESTING_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment[SampleFactAttribute.Variable] = "1";
        start.Environment[PostgresTestingEnvironment.Report] = Path.Combine(folder, "report");
        foreach (var name in classes)
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(name);
        }
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }
}
