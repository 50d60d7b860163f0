using System.Diagnostics;

namespace Postgres.Testing.Tests.Processes;

/// <summary>What the process does whose group <see cref="OwnedProcessTests"/> kills: own a process that would stay for ever.</summary>
public class OwnedProcessSample
{
    /// <summary>Variable with a file that gets the ids of the owned processes.</summary>
    public const string Note = "OWNED_PROCESS_SAMPLE_NOTE";

    [Fact(Explicit = true)]
    public async Task Owns_a_process()
    {
        if (Environment.GetEnvironmentVariable(Note) is not { Length: > 0 } note) return;
        var start = new ProcessStartInfo("sh", ["-c", "sleep 600 & echo $PPID $$ $! >\"$0\"; wait", note]);
        await using var process = OwnedProcess.Start(start);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
