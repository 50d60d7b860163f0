using System.Text.RegularExpressions;

namespace Postgres.Testing;

/// <summary>The kinds of system that set-up tells apart.</summary>
enum MachineKind
{
    Unknown,
    Debian,
    Ubuntu,
    Fedora,
    RedHat,
    Suse,
    Arch,
    Alpine,
    MacOS,
    Windows,
}

/// <summary>What set-up needs to know of a machine.</summary>
sealed partial record Machine
{
    /// <summary>Kind of system.</summary>
    public required MachineKind Kind { get; init; }

    /// <summary>Its name for people.</summary>
    public string Name { get; init; } = "this system";

    /// <summary>Code name of the release, such as <c>bookworm</c>.</summary>
    public string Codename { get; init; } = "";

    /// <summary>Major version of the release.</summary>
    public string Version { get; init; } = "";

    /// <summary>Whether this process is root.</summary>
    public bool IsRoot { get; init; }

    /// <summary>Whether <c>sudo</c> works without a password.</summary>
    public bool CanSudo { get; init; }

    /// <summary>Packages of PostgreSQL and pgvector that apt could install.</summary>
    public IReadOnlySet<string> Candidates { get; init; } = new HashSet<string>();

    /// <summary>The configured archives.</summary>
    public IReadOnlyList<AptSource> Sources { get; init; } = [];

    /// <summary>Whether apt installs packages here.</summary>
    public bool HasApt => Kind is MachineKind.Debian or MachineKind.Ubuntu;

    /// <summary>The packages to ask apt about.</summary>
    public static IReadOnlyList<string> Packages { get; } = [.. Enumerable.Range(PostgresBinaries.OldestMajor, PostgresBinaries.NewestMajor - PostgresBinaries.OldestMajor + 1)
        .SelectMany(major => (string[])[$"postgresql-{major}", $"postgresql-{major}-pgvector", $"postgresql-server-dev-{major}"])];

    /// <summary>Looks at this machine.</summary>
    public static async Task<Machine> InspectAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows()) return new() { Kind = MachineKind.Windows, Name = "Windows" };
        if (OperatingSystem.IsMacOS()) return new() { Kind = MachineKind.MacOS, Name = "macOS" };
        var machine = FromOsRelease(File.Exists("/etc/os-release") ? await File.ReadAllTextAsync("/etc/os-release", cancellationToken).ConfigureAwait(false) : "");
        machine = machine with { IsRoot = Posix.IsRoot, CanSudo = !Posix.IsRoot && await CanSudoAsync(cancellationToken).ConfigureAwait(false) };
        if (!machine.HasApt || Executables.Find("apt-cache") is not { } aptCache) return machine;
        var policy = await Shell.RunAsync([aptCache, "policy", .. Packages], null, cancellationToken).ConfigureAwait(false);
        return machine with { Candidates = ParsePolicy(policy.Output), Sources = AptSource.ReadAll("/etc/apt") };
    }

    /// <summary>Tells the system from the text of <c>/etc/os-release</c>.</summary>
    public static Machine FromOsRelease(string text)
    {
        var fields = text.Split('\n').Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0].Trim()).ToDictionary(group => group.Key, group => group.Last()[1].Trim().Trim('"', '\''));
        string[] ids = [Field("ID"), .. Field("ID_LIKE").Split(' ')];
        var kind = ids.Select(Kinds).FirstOrDefault(known => known != MachineKind.Unknown);
        return new()
        {
            Kind = kind,
            Name = Field("PRETTY_NAME") is { Length: > 0 } name ? name : "this system",
            // Derivatives of Ubuntu name the release that they build on.
            Codename = Field("UBUNTU_CODENAME") is { Length: > 0 } ubuntu ? ubuntu : Field("DEBIAN_CODENAME") is { Length: > 0 } debian ? debian : Field("VERSION_CODENAME"),
            Version = Field("VERSION_ID").Split('.')[0],
        };

        string Field(string key) => fields.GetValueOrDefault(key, "");
    }

    /// <summary>Packages with a candidate in what <c>apt-cache policy</c> prints.</summary>
    public static IReadOnlySet<string> ParsePolicy(string text)
        => PolicyEntry().Matches(text).Where(match => match.Groups[2].Value != "(none)").Select(match => match.Groups[1].Value).ToHashSet();

    static MachineKind Kinds(string id) => id switch
    {
        "debian" => MachineKind.Debian,
        "ubuntu" => MachineKind.Ubuntu,
        "fedora" => MachineKind.Fedora,
        "rhel" or "centos" or "rocky" or "almalinux" => MachineKind.RedHat,
        "suse" or "opensuse" or "opensuse-tumbleweed" or "opensuse-leap" => MachineKind.Suse,
        "arch" => MachineKind.Arch,
        "alpine" => MachineKind.Alpine,
        _ => MachineKind.Unknown,
    };

    static async Task<bool> CanSudoAsync(CancellationToken cancellationToken)
        => Executables.Find("sudo") is { } sudo
            && (await Shell.RunAsync([sudo, "-n", "true"], null, cancellationToken).ConfigureAwait(false)).ExitCode == 0;

    [GeneratedRegex(@"^(\S+):\n  Installed: .*\n  Candidate: (.*)$", RegexOptions.Multiline)]
    private static partial Regex PolicyEntry();
}
