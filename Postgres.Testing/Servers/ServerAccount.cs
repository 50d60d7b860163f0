namespace Postgres.Testing;

/// <summary>The user that runs the server: PostgreSQL refuses to run as root.</summary>
/// <param name="Name">Login name.</param>
/// <param name="UserId">Owner of the data.</param>
/// <param name="GroupId">Group of the data.</param>
sealed record ServerAccount(string Name, uint UserId, uint GroupId)
{
    /// <summary>The account to change to: <c>postgres</c> or <c>nobody</c> for root, null for everyone else.</summary>
    public static ServerAccount? Current { get; } = Posix.IsRoot ? Find(File.ReadLines("/etc/passwd")) : null;

    /// <summary>The program <c>setpriv</c>, where there is one.</summary>
    public static string? Setpriv { get; } = Real("setpriv");

    /// <summary>Finds the account in the lines of a passwd file.</summary>
    public static ServerAccount Find(IEnumerable<string> passwd)
    {
        var accounts = passwd.Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        foreach (var name in (string[])["postgres", "_postgres", "nobody"])
        {
            if (accounts.Find(fields => fields[0] == name) is { } fields
                && long.TryParse(fields[2], out var user) && long.TryParse(fields[3], out var group))
                return new(name, (uint)user, (uint)group);
        }
        throw new PostgresTestingException("PostgreSQL does not run as root, and this system has neither a user 'postgres' nor "
            + "'nobody' to run it as. Make one with: useradd --system postgres");
    }

    /// <summary>The command that runs <paramref name="command"/> as this user without a process in between.</summary>
    public IEnumerable<string> Wrap(IEnumerable<string> command)
    {
        if (Setpriv is { } setpriv)
            return [setpriv, $"--reuid={UserId}", $"--regid={GroupId}", "--clear-groups", "--", .. command];
        if (Real("runuser") is { } runuser) return [runuser, "-u", Name, "--", .. command];
        return ["su", "-s", "/bin/sh", Name, "-c", "exec \"$0\" \"$@\"", .. command];
    }

    /// <summary>Whether this user may enter <paramref name="folder"/>, going by owner and others of it and all above it.</summary>
    public bool CanEnter(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var needed = Posix.OwnerOf(at.FullName) == UserId ? UnixFileMode.UserExecute : UnixFileMode.OtherExecute;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(at.FullName) & needed) == 0) return false;
        }
        return true;
    }

    // Busybox has programs of these names that know none of the options.
    static string? Real(string program) => Executables.Find(program) is { } path
        && File.ResolveLinkTarget(path, returnFinalTarget: true)?.Name != "busybox" ? path : null;
}
