namespace Postgres.Testing;

/// <summary>Looks programs up the way a shell does.</summary>
static class Executables
{
    /// <summary>Full path of <paramref name="program"/> in <c>PATH</c> or the system's own folders; null when it is not there.</summary>
    public static string? Find(string program)
        => Folders(Environment.GetEnvironmentVariable("PATH")).Concat(OperatingSystem.IsWindows() ? [] : ["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program))
            .FirstOrDefault(File.Exists);

    /// <summary>The absolute folders of a <c>PATH</c>.</summary>
    public static IEnumerable<string> Folders(string? path)
        => (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathFullyQualified);
}
