using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Postgres.Testing;

/// <summary>Looks for installations of PostgreSQL below a root folder.</summary>
sealed partial record BinarySearch
{
    /// <summary>The folder that the caller or <c>PG_BIN</c> names: the only one then.</summary>
    public string? Chosen { get; init; }

    /// <summary>What stands for <c>/</c>.</summary>
    public string Root { get; init; } = "/";

    /// <summary>Value of <c>PATH</c>.</summary>
    public string? SearchPath { get; init; } = Environment.GetEnvironmentVariable("PATH");

    /// <summary>The user's home folder.</summary>
    public string? Home { get; init; } = Environment.GetEnvironmentVariable("HOME");

    /// <summary>Runs a program and returns what it prints; null when it fails.</summary>
    public Func<string, string, string?> Run { get; init; } = RunProgram;

    /// <summary>All installations, the preferred one first.</summary>
    public IReadOnlyList<PostgresBinaries> All()
    {
        if (!string.IsNullOrEmpty(Chosen)) return Search([Chosen]);
        var usual = Search(Candidates());
        // Asking costs more than a start, and is worth it only where the usual folders do not answer.
        return usual.Any(found => found.VectorVersion is not null) ? usual : Search(Candidates().Concat(ToldByPgConfig()));
    }

    IReadOnlyList<PostgresBinaries> Search(IEnumerable<string> folders)
        => [.. folders.Select(Resolve).OfType<string>().Distinct().Select(Inspect).OfType<PostgresBinaries>()
            .OrderByDescending(found => found.VectorVersion is not null).ThenByDescending(found => found.Major)];

    /// <summary>The installation to use.</summary>
    public PostgresBinaries Best()
    {
        var found = All();
        if (found.Count > 0 && found[0].VectorVersion is not null) return found[0];
        const string Fix = "`dotnet dev.cs doctor` prints the command that installs what is missing.";
        var supported = $"PostgreSQL {PostgresBinaries.OldestMajor} to {PostgresBinaries.NewestMajor}";
        throw new PostgresTestingException((string.IsNullOrEmpty(Chosen), found.Count) switch
        {
            (false, 0) => $"The folder '{Chosen}' (PG_BIN or BinaryFolder) has no postgres and initdb of {supported}.",
            (false, _) => $"The PostgreSQL {found[0].Major} in '{Chosen}' (PG_BIN or BinaryFolder) has no pgvector. {Fix}",
            (true, 0) => $"There is no {supported} on this machine. {Fix}",
            _ => $"pgvector is not installed for {string.Join(", ", found.Select(f => $"PostgreSQL {f.Major} ({f.Folder})"))}. {Fix}",
        });
    }

    IEnumerable<string> Candidates()
    {
        foreach (var folder in Executables.Folders(SearchPath)) yield return folder;
        foreach (var folder in Versions("usr/lib/postgresql", "*", "bin").Concat(Versions("usr", "pgsql-*", "bin"))
            .Concat(Versions("opt/homebrew/opt", "postgresql@*", "bin")).Concat(Versions("usr/local/opt", "postgresql@*", "bin"))
            .Concat(Versions("home/linuxbrew/.linuxbrew/opt", "postgresql@*", "bin"))
            .Concat(Versions("Applications/Postgres.app/Contents/Versions", "*", "bin"))
            .Concat(Versions("Program Files/PostgreSQL", "*", "bin")))
            yield return folder;
        foreach (var folder in (string[])["usr/bin", "usr/local/bin", "usr/local/pgsql/bin", "opt/homebrew/bin", "usr/libexec/postgresql"])
            yield return Path.Combine(Root, folder);
        if (Home is not null) yield return Path.Combine(Home, "Applications/Postgres.app/Contents/Versions/latest/bin");
    }

    // It may belong to another installation, or only to a client library: what counts is what its folder holds.
    IEnumerable<string> ToldByPgConfig()
        => Executables.Folders(SearchPath).Select(folder => Path.Combine(folder, "pg_config")).Where(File.Exists)
            .Select(config => Run(config, "--bindir")?.Trim()).Where(folder => !string.IsNullOrEmpty(folder)).OfType<string>();

    IEnumerable<string> Versions(string parent, string pattern, string bin)
    {
        var folder = Path.Combine(OperatingSystem.IsWindows() && Root == "/" ? @"C:\" : Root, parent);
        return Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Select(version => Path.Combine(version, bin)) : [];
    }

    // /usr/local/bin and the like may hold links into the real folder.
    static string? Resolve(string folder)
    {
        var server = Path.Combine(folder, OperatingSystem.IsWindows() ? "postgres.exe" : "postgres");
        try
        {
            if (!File.Exists(server)) return null;
            var target = File.ResolveLinkTarget(server, returnFinalTarget: true)?.FullName ?? server;
            var resolved = Path.GetDirectoryName(Path.GetFullPath(target))!;
            return File.Exists(Path.Combine(resolved, OperatingSystem.IsWindows() ? "initdb.exe" : "initdb")) ? resolved : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    PostgresBinaries? Inspect(string folder)
    {
        var major = MajorInPath().Match(folder) is { Success: true } match
            ? match.Groups[1].Value
            : MajorInVersion().Match(Run(Path.Combine(folder, "postgres"), "--version") ?? "").Groups[1].Value;
        return int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is >= PostgresBinaries.OldestMajor and <= PostgresBinaries.NewestMajor
            ? new(folder, number, VectorVersion(folder, number)) : null;
    }

    string? VectorVersion(string bin, int major)
    {
        var control = ShareFolders(bin, major).Select(share => Path.Combine(share, "extension", "vector.control")).FirstOrDefault(File.Exists);
        return control is null ? null : DefaultVersion().Match(File.ReadAllText(control)).Groups[1].Value;
    }

    // Only a folder with postgres.bki is the one that initdb of this installation uses.
    IEnumerable<string> ShareFolders(string bin, int major)
    {
        var parent = Path.GetDirectoryName(bin)!;
        string[] folders =
        [
            Path.Combine(parent, "share"), Path.Combine(parent, "share", "postgresql"), Path.Combine(parent, "share", $"postgresql@{major}"),
            Path.Combine(parent, "share", "pgsql"), Path.Combine(parent, "share", $"postgresql{major}"),
            Path.GetFullPath(Path.Combine(bin, $"../../../../share/postgresql/{major}")), // Debian
            Path.GetFullPath(Path.Combine(bin, $"../../../../share/postgresql@{major}")), // Homebrew, from its cellar
            Path.GetFullPath(Path.Combine(bin, $"../../../share/postgresql@{major}")), // Homebrew, from its opt
        ];
        var config = Path.Combine(bin, OperatingSystem.IsWindows() ? "pg_config.exe" : "pg_config");
        return folders.Concat(Told()).Where(folder => File.Exists(Path.Combine(folder, "postgres.bki")));

        // Asked only where none of the usual folders has it: a process takes longer than all of them.
        IEnumerable<string> Told()
        {
            if (File.Exists(config) && Run(config, "--sharedir")?.Trim() is { Length: > 0 } folder) yield return folder;
        }
    }

    static string? RunProgram(string program, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
            process.StandardInput.Close();
            _ = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"(?:postgresql[/\\@]|pgsql-|PostgreSQL[/\\]|Versions/)(\d+)(?:[./\\]|$)")]
    private static partial Regex MajorInPath();

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex MajorInVersion();

    [GeneratedRegex(@"default_version\s*=\s*'([^']+)'")]
    private static partial Regex DefaultVersion();
}
