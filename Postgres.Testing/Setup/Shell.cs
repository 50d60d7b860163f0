using System.Diagnostics;

namespace Postgres.Testing;

/// <summary>Runs a program to its end.</summary>
static class Shell
{
    /// <summary>Runs <paramref name="command"/>, giving each line of its output to <paramref name="line"/> as it comes.</summary>
    /// <returns>Exit code, and standard output and error in the order in which they came.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> command, Action<string>? line, CancellationToken cancellationToken, string? input = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var output = new List<string>();
        void Take(string? text)
        {
            if (text is null) return;
            lock (output) output.Add(text);
            line?.Invoke(text);
        }
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        lock (output) return (process.ExitCode, string.Concat(output.Select(text => text + "\n")));
    }
}
