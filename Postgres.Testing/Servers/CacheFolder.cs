namespace Postgres.Testing;

/// <summary>Where clusters are cached.</summary>
static class CacheFolder
{
    const string Name = "postgres-testing";

    /// <summary>The first folder that this user can write to and nobody else; null when there is none.</summary>
    public static string? Find(string? chosen) => (chosen is null ? Places() : [Path.GetFullPath(chosen)]).FirstOrDefault(IsOurs);

    static IEnumerable<string> Places()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathFullyQualified(cache))
            yield return Path.Combine(cache, Name);
        if (OperatingSystem.IsWindows())
            yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), Name);
        else if (Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home && Path.IsPathFullyQualified(home))
            yield return Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache", Name);
        yield return Path.Combine(Path.GetTempPath(), $"{Name}-{Posix.UserId}");
    }

    // What another user could have put there would be run as ours.
    static bool IsOurs(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                if (new DirectoryInfo(folder).LinkTarget is not null || (Posix.OwnerOf(folder) ?? Posix.UserId) != Posix.UserId) return false;
                if ((File.GetUnixFileMode(folder) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0) return false;
            }
            using (new FileStream(Path.Combine(folder, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
