using System.Diagnostics;

namespace Postgres.Testing;

/// <summary>A child process, with all that it starts, that ends when its owner does, also when the owner is killed.</summary>
/// <remarks>A shell stands between the two and waits on a pipe that only the owner holds: the kernel closes it with the owner,
/// whatever ended that. The shell has a session of its own where setsid is to be had, so that a kill of the owner's process group
/// leaves it alive to do its work. Where there is no <c>/bin/sh</c> (Windows) the child ends with <see cref="DisposeAsync"/> only.</remarks>
public sealed class OwnedProcess : IAsyncDisposable
{
    // Reads the owner's pipe on descriptor 3; the child gets no input, and a process group where setsid is to be had.
    const string Guardian = """
        exec 3<&0
        group=
        if command -v setsid >/dev/null 2>&1; then setsid "$@" </dev/null 3<&- & group=-; else "$@" </dev/null 3<&- & fi
        child=$!
        (
          trap '' INT
          read -r _ <&3
          # From here on its work is done to the end: what the child started may outlive it.
          trap '' TERM
          # A child that has just been started has no group yet.
          all() { kill "$1" "$group$child" || kill "$1" "$child"; }
          all -TERM
          for _ in 1 2 3 4 5 6 7 8 9 10; do all -0 || exit 0; sleep 0.1; done
          all -KILL && sleep 0.1
        ) >/dev/null 2>&1 &
        watcher=$!
        trap '' INT
        exec 3<&-
        wait "$child"
        status=$?
        kill "$watcher" 2>/dev/null
        wait "$watcher" 2>/dev/null
        exit "$status"
        """;

    readonly Process process;
    int disposed;

    OwnedProcess(Process process) => this.process = process;

    /// <summary>The exit code, once the process has ended.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Starts a program.</summary>
    /// <param name="start">Program, arguments, environment and folder. Output goes where it says: with
    /// <see cref="ProcessStartInfo.RedirectStandardOutput"/> (and the same for errors) to <paramref name="output"/>.</param>
    /// <param name="output">Receives each redirected line.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static OwnedProcess Start(ProcessStartInfo start, Action<string>? output = null)
    {
        ArgumentNullException.ThrowIfNull(start);
        if (!OperatingSystem.IsWindows())
        {
            string[] command = [.. Executables.Find("setsid") is { } setsid ? [setsid] : Array.Empty<string>(), "/bin/sh", "-c", Guardian, "owned-process", start.FileName, .. start.ArgumentList];
            start.FileName = command[0];
            start.ArgumentList.Clear();
            foreach (var argument in command.Skip(1)) start.ArgumentList.Add(argument);
        }
        start.RedirectStandardInput = true;
        var process = new Process { StartInfo = start };
        DataReceivedEventHandler forward = (_, line) => { if (line.Data is { } text) output?.Invoke(text); };
        process.OutputDataReceived += forward;
        process.ErrorDataReceived += forward;
        process.Start();
        if (start.RedirectStandardOutput) process.BeginOutputReadLine();
        if (start.RedirectStandardError) process.BeginErrorReadLine();
        return new(process);
    }

    /// <summary>Waits for the end of the process.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <summary>Asks the process and its children to end, and makes them end after a second; none is left when the task has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        if (!process.HasExited)
        {
            if (OperatingSystem.IsWindows()) process.Kill(entireProcessTree: true);
            else process.StandardInput.Close();
            await process.WaitForExitAsync().ConfigureAwait(false);
        }
        process.Dispose();
    }
}
