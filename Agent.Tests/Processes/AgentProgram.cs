using System.Collections.Concurrent;
using System.Diagnostics;
using Postgres.Testing;

namespace Agent.Tests.Processes;

/// <summary>The agent as a program of its own, as it is deployed; it ends with the tests.</summary>
sealed class AgentProgram : IAsyncDisposable
{
    static readonly string Executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Agent.exe" : "Agent");
    readonly string instance = Guid.NewGuid().ToString("N");
    readonly ConcurrentQueue<string> lines = [];
    readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly OwnedProcess process;

    AgentProgram(string connectionString, IReadOnlyDictionary<string, string> settings, string[] arguments)
    {
        var start = new ProcessStartInfo(Executable) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[.. arguments, .. settings.ContainsKey("ASPNETCORE_URLS") ? (string[])[] : ["--urls=http://127.0.0.1:0"], $"--Instance={instance}"])
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("OPENAI", StringComparison.OrdinalIgnoreCase) || k.StartsWith("OTEL", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["ConnectionStrings__agentdb"] = connectionString;
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        process = OwnedProcess.Start(start, Take);
    }

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What it has written.</summary>
    public string Output => string.Join('\n', lines);

    /// <summary>Starts the service, and waits until it listens.</summary>
    public static async Task<(AgentProgram Program, Uri Address)> ServeAsync(string connectionString, IReadOnlyDictionary<string, string> settings)
    {
        var program = new AgentProgram(connectionString, settings, []);
        var ended = program.process.WaitForExitAsync(Cancellation);
        if (await Task.WhenAny(program.listening.Task, ended).WaitAsync(TimeSpan.FromMinutes(2), Cancellation) == ended)
            throw new InvalidOperationException($"The agent ended before it listened:\n{program.Output}");
        return (program, await program.listening.Task);
    }

    /// <summary>Starts a command, or a service that is expected to refuse to start.</summary>
    public static AgentProgram Start(string connectionString, IReadOnlyDictionary<string, string> settings, params string[] arguments)
        => new(connectionString, settings, arguments);

    /// <summary>Waits for the end; its exit code and what it wrote.</summary>
    public async Task<(int ExitCode, string Output)> EndAsync()
    {
        var code = await process.WaitForExitAsync(Cancellation).WaitAsync(TimeSpan.FromMinutes(2), Cancellation);
        return (code, Output);
    }

    /// <summary>SIGKILL: no handler, no clean-up.</summary>
    public void Kill()
    {
        using var agent = Process.GetProcessById(Id());
        agent.Kill();
    }

    /// <summary>SIGTERM: as a container runtime asks a program to end.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Id()}"]);
        kill.WaitForExit();
    }

    void Take(string line)
    {
        lines.Enqueue(line);
        const string Listening = "Now listening on: ";
        if (line.IndexOf(Listening, StringComparison.Ordinal) is var at and >= 0)
            listening.TrySetResult(new(line[(at + Listening.Length)..].Trim()));
    }

    // Between it and the tests stands the shell that ends it with them.
    int Id() => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Select(name => int.TryParse(name, out var id) ? id : 0)
        .First(id => id > 0 && Arguments(id) is [var program, ..] arguments && program == Executable && arguments.Contains($"--Instance={instance}"));

    static string[] Arguments(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            return [];
        }
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
