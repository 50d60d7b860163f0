using System.Diagnostics;
using System.Text.Json;

namespace Postgres.Testing.Tests.Servers;

/// <summary>Another process that starts a server, with folders of its own that tests look into afterwards.</summary>
sealed class OwnerProcess : IDisposable
{
    public const string Order = "POSTGRES_TESTING_TESTS_OWNER";

    readonly Process process;
    readonly string report;

    OwnerProcess(Process process, string report) => (this.process, this.report) = (process, report);

    /// <summary>Starts it; <paramref name="wrap"/> are commands to run it through.</summary>
    public static OwnerProcess Start(Scratch scratch, OwnerOrder? order = null, IEnumerable<string>? wrap = null, string? program = null,
        Action<IDictionary<string, string?>>? environment = null)
    {
        order ??= new(scratch.NewFile(), scratch.Data, scratch.Cache, Stays: true);
        program ??= Path.Combine(AppContext.BaseDirectory, "Postgres.Testing.Tests");
        string[] command = [.. wrap ?? [], program, "-explicit", "only", "-noColor", "-class", typeof(OwnerSample).FullName!];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = scratch.Folder,
            Environment = { [Order] = JsonSerializer.Serialize(order) },
        };
        // The run that this test is part of reports to folders that another user may not write to.
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("POSTGRES_TESTING_", StringComparison.Ordinal) && key != Order).ToList())
            start.Environment.Remove(name);
        environment?.Invoke(start.Environment);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(process, order.Report);
    }

    /// <summary>What it reports: a vector and the data folder of the server that it started, or why it could not.</summary>
    public async Task<string> ReportAsync()
    {
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(report) || process.HasExited), seconds: 180);
        return File.Exists(report) ? await File.ReadAllTextAsync(report) : $"no report, exit code {process.ExitCode}";
    }

    /// <summary>SIGKILL, for it alone.</summary>
    public void Kill() => process.Kill();

    public Task ExitedAsync() => process.WaitForExitAsync(TestContext.Current.CancellationToken);

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }
}
