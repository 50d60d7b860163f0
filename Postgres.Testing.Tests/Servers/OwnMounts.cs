using System.Diagnostics;

namespace Postgres.Testing.Tests.Servers;

/// <summary>Commands to run a process through that sees other file systems than the rest of the machine.</summary>
static class OwnMounts
{
    /// <summary>A wrap whose shell runs <paramref name="setup"/> first. Skips the test where that cannot be done.</summary>
    public static async Task<string[]> WrapAsync(string setup)
    {
        var unshare = Executables.Find("unshare");
        if (!Posix.IsRoot || unshare is null) Assert.Skip("Only root can mount for one process: run the tests as root, with unshare installed.");
        string[] wrap = [unshare, "--mount", "--", "/bin/sh", "-c", setup + " && exec \"$0\" \"$@\""];
        var start = new ProcessStartInfo(wrap[0], [.. wrap[1..], "/bin/true"]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (process.ExitCode != 0) Assert.Skip("This container may not mount: run the tests where root can.");
        return wrap;
    }
}
