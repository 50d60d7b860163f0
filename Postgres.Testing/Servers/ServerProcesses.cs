using System.Globalization;

namespace Postgres.Testing;

/// <summary>The processes of a running server, as the kernel sees them. Where there is no <c>/proc</c> it sees none.</summary>
static class ServerProcesses
{
    const uint Exiting = 0x4; // PF_EXITING in the kernel's include/linux/sched.h

    /// <summary>The postmaster, as it noted itself in its pid file; null when there is none.</summary>
    public static int? Postmaster(string dataFolder)
    {
        try
        {
            return int.TryParse(File.ReadLines(Path.Combine(dataFolder, "postmaster.pid")).FirstOrDefault(), CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The postmaster and its children.</summary>
    public static IReadOnlyList<int> Tree(int postmaster)
    {
        var children = Read($"/proc/{postmaster}/task/{postmaster}/children") ?? "";
        return [postmaster, .. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

    /// <summary>Whether SIGSTOP keeps a process from going on. One that a debugger holds is in another state.</summary>
    public static bool IsStopped(int process) => Fields(process) is ["T", ..];

    /// <summary>Whether a process goes on: neither stopped nor ended.</summary>
    public static bool IsRunning(int process) => Fields(process) is [not ("T" or "Z" or "X"), ..];

    /// <summary>Whether a process is gone or on its way out, when its connections may be closed already.</summary>
    public static bool HasEnded(int process)
        => Fields(process) is not [not ("Z" or "X"), _, _, _, _, _, var flags, ..] || (uint.Parse(flags, CultureInfo.InvariantCulture) & Exiting) != 0;

    // What follows the name in proc(5): state, parent, group, session, terminal, its group, flags, …
    static string[]? Fields(int process)
        => Read($"/proc/{process}/stat") is { } stat && stat.LastIndexOf(')') is var name and > 0 ? stat[(name + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) : null;

    static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }
}
