using System.Diagnostics;
using System.Runtime.CompilerServices;
using Postgres.Testing.Tests.Servers;
using Postgres.Testing.Tests.XunitLayer;

namespace Postgres.Testing.Tests.Faults;

/// <summary>dev.cs is stopped or killed: nothing is left of what it started. Takes a minute, and builds the solution: <c>FAULTS_DEV=1</c> asks for it.</summary>
public sealed class DevTests : IDisposable
{
    const int SigInt = 2;
    readonly Scratch scratch = new();
    readonly string mark = $"{Guid.NewGuid():N}";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("db", "Ctrl+C")]
    [InlineData("db", "SIGKILL of dev.cs")]
    [InlineData("db", "SIGKILL of dotnet")]
    [InlineData("db", "SIGKILL of the group")]
    [InlineData("up", "Ctrl+C")]
    [InlineData("up", "SIGKILL of dev.cs")]
    [InlineData("up", "SIGKILL of the agent")]
    [InlineData("up", "SIGKILL of the group")]
    [InlineData("test", "Ctrl+C")]
    [InlineData("test", "Ctrl+C twice")]
    [InlineData("test", "SIGKILL of dev.cs")]
    [InlineData("test", "SIGKILL of the group")]
    public async Task Whatever_ends_it_nothing_is_left(string verb, string end)
    {
        if (Environment.GetEnvironmentVariable("FAULTS_DEV") != "1") Assert.Skip("Builds the solution, which a run from within it must not: FAULTS_DEV=1 asks for it.");
        var note = Path.Combine(scratch.Folder, "server");
        using var process = Start(verb, note);
        var lines = new List<string>();
        process.OutputDataReceived += (_, line) => { lock (lines) lines.Add(line.Data ?? ""); };
        process.BeginOutputReadLine();
        string? server = null;
        await Eventually.TrueAsync(async () =>
        {
            if (process.HasExited) throw new InvalidOperationException("dev.cs has ended: " + string.Join('\n', lines));
            lock (lines) server = lines.Select(line => line.Split("Host=") is [_, var rest, ..] ? rest.Split(';')[0] : null).FirstOrDefault(found => found is not null);
            if (File.Exists(note)) server = await File.ReadAllTextAsync(note, Token);
            return server is not null;
        }, seconds: 300);
        Assert.True(Directory.Exists(server));
        var ended = Stopwatch.GetTimestamp();
        switch (end)
        {
            case "Ctrl+C" or "Ctrl+C twice":
                Posix.Signal(-process.Id, SigInt);
                if (end != "Ctrl+C") await Task.Delay(50, Token);
                if (end != "Ctrl+C") Posix.Signal(-process.Id, SigInt);
                break;
            case "SIGKILL of the group":
                Posix.Signal(-process.Id, Posix.SigKill);
                break;
            default:
                var program = end.Split(' ')[^1] switch { "dev.cs" => "/dev", "agent" => "Agent.dll", _ => null };
                var victim = program is null ? process.Id : Marked().First(id => File.ReadAllText($"/proc/{id}/cmdline").Split('\0').Take(2).Any(part => part.EndsWith(program, StringComparison.Ordinal)));
                Posix.Signal(victim, Posix.SigKill);
                break;
        }
        await Eventually.TrueAsync(() => Task.FromResult(!Directory.Exists(server) && !Marked().Any()));
        TestContext.Current.TestOutputHelper!.WriteLine($"{verb}, {end}: nothing left after {Stopwatch.GetElapsedTime(ended).TotalMilliseconds:0} ms");
        await process.WaitForExitAsync(Token);
        Assert.NotEqual(0, process.ExitCode);
    }

    /// <summary>In a process group of its own, as a terminal would start it, with a mark that all it starts inherits.</summary>
    Process Start(string verb, string note)
    {
        string[] options = verb == "test" ? ["--without-aspire", "--filter", $"FullyQualifiedName~{nameof(HangSample)}.{nameof(HangSample.Waits_for_ever)}"] : [];
        var start = new ProcessStartInfo("setsid", ["dotnet", "run", "--file", Path.Combine(Root(), "dev.cs"), "--", verb, .. options])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = scratch.Folder,
            Environment =
            {
                ["FAULTS_DEV_MARK"] = mark,
                [SampleFactAttribute.Variable] = "1",
                [HangSample.Note] = note,
                // Build servers are meant to stay.
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["UseSharedCompilation"] = "false",
            },
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("POSTGRES_TESTING_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        return Process.Start(start)!;
    }

    IEnumerable<int> Marked() => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
        .Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture)).Where(IsMarked);

    bool IsMarked(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ").Contains($"FAULTS_DEV_MARK={mark}", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));

    public void Dispose()
    {
        foreach (var process in Marked().ToList()) Posix.Signal(process, Posix.SigKill);
        scratch.Dispose();
    }
}
