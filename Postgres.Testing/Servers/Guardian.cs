using System.Diagnostics;

namespace Postgres.Testing;

/// <summary>A small process between the owner and a command: it stops the command and removes its folder when the owner ends.</summary>
/// <remarks>Only the owner holds the other end of the guardian's standard input, so that it ends with the owner, however that
/// dies. The guardian has a session of its own: Ctrl+C in a terminal is for the owner to act on.</remarks>
sealed class Guardian : IAsyncDisposable
{
    readonly Process process;

    Guardian(Process process)
    {
        this.process = process;
        Exited = WaitAsync();
    }

    /// <summary>Ends with the command's exit code, or with null when the guardian itself was killed.</summary>
    public Task<int?> Exited { get; }

    /// <summary>Starts the guardian of <paramref name="folder"/>, which is removed at the end. The command waits for <see cref="Proceed"/>.</summary>
    public static Guardian Start(ServerFolder folder, ServerAccount? account, string mode, IEnumerable<string> command)
    {
        folder.Write(GuardianScript.Name, GuardianScript.Text, account);
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = folder.Path };
        foreach (var argument in Arguments(folder, account, mode, command)) start.ArgumentList.Add(argument);
        return new(Process.Start(start)!);
    }

    /// <summary>Starts the command.</summary>
    public void Proceed()
    {
        try
        {
            process.StandardInput.WriteLine();
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // The guardian has died, which is seen by its exit.
        }
    }

    /// <summary>Arguments for <c>/bin/sh</c>.</summary>
    public static IEnumerable<string> Arguments(ServerFolder folder, ServerAccount? account, string mode, IEnumerable<string> command)
    {
        IEnumerable<string> run = ["/bin/sh", Path.Combine(folder.Path, GuardianScript.Name), folder.Path, mode, .. OwnGroup(), .. command];
        // What shows the log keeps the way to standard error; a lingering guardian must not hold the owner's open.
        var error = mode == GuardianScript.Leave ? "5>&2 " : "";
        return ["-c", $"cd \"$0\" && log=$PWD/server.log && exec \"$@\" {error}2>>\"$log\"", folder.Path, .. Session(), .. account?.Wrap(run) ?? run];
    }

    /// <summary>Stops the command, if it still runs, and waits until the folder is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync().ConfigureAwait(false);
        await Exited.ConfigureAwait(false);
        process.Dispose();
    }

    async Task<int?> WaitAsync()
        => int.TryParse(await process.StandardOutput.ReadLineAsync().ConfigureAwait(false), out var code) ? code : null;

    static string[] Session() => Executables.Find("setsid") is { } setsid ? [setsid] : [];

    // Should the guardian be killed, the kernel still tells the command.
    static string[] OwnGroup() => [.. Session(), .. KnowsDeathSignal.Value ? (string[])[ServerAccount.Setpriv!, "--pdeathsig", "QUIT", "--"] : []];

    /// <summary>Before util-linux 2.33 setpriv does not know the option.</summary>
    static readonly Lazy<bool> KnowsDeathSignal = new(() =>
    {
        if (ServerAccount.Setpriv is not { } setpriv) return false;
        using var help = Process.Start(new ProcessStartInfo(setpriv, ["--help"]) { RedirectStandardOutput = true })!;
        return help.StandardOutput.ReadToEnd().Contains("--pdeathsig", StringComparison.Ordinal);
    });
}
