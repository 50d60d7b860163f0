using System.Globalization;

namespace Postgres.Testing;

/// <summary>The processes of a running server, as the kernel sees them. Where there is no <c>/proc</c> it sees none.</summary>
static class ServerProcesses
{
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
    public static bool IsStopped(int process) => State(process) == 'T';

    /// <summary>Whether a process goes on: neither stopped nor ended.</summary>
    public static bool IsRunning(int process) => State(process) is not (null or 'T' or 'Z' or 'X');

    static char? State(int process)
        => Read($"/proc/{process}/stat") is { } stat && stat.LastIndexOf(')') is var name and > 0 && name + 2 < stat.Length ? stat[name + 2] : null;

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
