namespace Postgres.Testing;

/// <summary>Removes what servers left whose owner and guardian were both killed.</summary>
static class Leftovers
{
    /// <summary>Ends and removes every server of this user in <paramref name="places"/> whose owner is gone; returns their folders.</summary>
    public static IReadOnlyList<string> Sweep(IEnumerable<string> places, ServerAccount? account)
    {
        var swept = new List<string>();
        foreach (var folder in places.SelectMany(ServersIn))
        {
            if (!IsOurs(folder, account) || !ServerFolder.IsOrphan(folder)) continue;
            EndServer(Path.Combine(folder, "data"));
            ServerFolder.TryDelete(folder);
            swept.Add(folder);
        }
        return swept;
    }

    static string[] ServersIn(string place)
    {
        try
        {
            return Directory.GetDirectories(place, ServerFolder.Prefix + "*");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // it is not there, or closed to this user
        }
    }

    static bool IsOurs(string folder, ServerAccount? account)
        => new DirectoryInfo(folder).LinkTarget is null
            && (OperatingSystem.IsWindows() || Posix.OwnerOf(folder) is not { } owner || owner == Posix.UserId || owner == account?.UserId);

    // Every process of a server works in its data folder.
    static void EndServer(string data)
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (var process in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName))
        {
            if (int.TryParse(process, out var id) && WorksIn(id, data)) Posix.Signal(id, Posix.SigKill);
        }
    }

    static bool WorksIn(int process, string folder)
    {
        try
        {
            return new FileInfo($"/proc/{process}/cwd").LinkTarget is { } target && (target == folder || target == folder + " (deleted)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
