namespace Postgres.Testing;

/// <summary>How PostgreSQL with pgvector gets onto a machine.</summary>
/// <param name="Summary">One sentence on what will be done.</param>
/// <param name="IsAutomatic">Whether <paramref name="Commands"/> can be run as they are, as root and without questions.</param>
/// <param name="Commands">The exact commands, one per line.</param>
sealed record SetupPlan(string Summary, bool IsAutomatic, string Commands)
{
    /// <summary>Plans for <paramref name="machine"/>, which has <paramref name="installed"/> but not pgvector for any of it.</summary>
    public static SetupPlan For(Machine machine, IReadOnlyCollection<PostgresBinaries> installed) => machine.Kind switch
    {
        MachineKind.Debian or MachineKind.Ubuntu => ForApt(machine, installed),
        MachineKind.Fedora => Manual("Fedora has both as packages.", "sudo dnf install -y postgresql-server pgvector"),
        MachineKind.RedHat => Manual("The PostgreSQL project has both as packages for this system.", $"""
            sudo dnf install -y https://download.postgresql.org/pub/repos/yum/reporpms/EL-{machine.Version}-$(uname -m)/pgdg-redhat-repo-latest.noarch.rpm
            sudo dnf -qy module disable postgresql
            sudo dnf install -y postgresql17-server pgvector_17
            """),
        MachineKind.Suse => Manual("openSUSE has both as packages.", "sudo zypper install -y postgresql17-server postgresql17-pgvector"),
        MachineKind.Arch => Manual("Arch has both as packages.", "sudo pacman -S --needed postgresql pgvector"),
        MachineKind.Alpine => Manual("Alpine has both as packages.", "apk add postgresql postgresql-pgvector"),
        MachineKind.MacOS => Manual("Homebrew has both.", "brew install postgresql@17 pgvector"),
        MachineKind.Windows => Manual("On Windows the installer brings PostgreSQL; pgvector is compiled in a 'x64 Native Tools Command Prompt' that runs as administrator.", """
            winget install --exact --id PostgreSQL.PostgreSQL.17
            set "PGROOT=C:\Program Files\PostgreSQL\17"
            git clone --branch v0.8.0 https://github.com/pgvector/pgvector.git
            cd pgvector
            nmake /F Makefile.win
            nmake /F Makefile.win install
            """),
        _ => Manual("No packages are known for this system. Any PostgreSQL 14 to 18 with pgvector will do, named by PG_BIN; or a container runtime with Aspire.",
            "export PG_BIN=/path/to/postgresql/bin"),
    };

    static SetupPlan Manual(string summary, string commands) => new(summary, IsAutomatic: false, commands);

    static SetupPlan ForApt(Machine machine, IReadOnlyCollection<PostgresBinaries> installed)
    {
        if (Newest(major => [$"postgresql-{major}-pgvector"]) is { } packaged)
            return new($"install the package postgresql-{packaged}-pgvector of {machine.Name}, with its server", IsAutomatic: true, AptScript.Install(packaged));
        if (Newest(major => [$"postgresql-{major}", $"postgresql-server-dev-{major}"]) is { } major
            && AptSource.FindMain(machine.Sources, machine.Codename) is { } archive)
            return new($"install postgresql-{major} of {machine.Name} and build pgvector from the source package of a newer release (its archive has none for this one)",
                IsAutomatic: true, AptScript.Build(major, archive, NewerSuites(machine)));
        return Manual("The package lists of this machine have no PostgreSQL: where reading them anew does not help, the archive of the PostgreSQL project does.", """
            sudo apt-get update
            sudo apt-get install -y postgresql-common ca-certificates
            sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y
            sudo apt-get install -y --no-install-recommends postgresql-17-pgvector
            """);

        // What is installed comes first, so that a machine does not get a second PostgreSQL without need.
        int? Newest(Func<int, string[]> packages)
            => installed.Select(found => found.Major).OrderDescending()
                .Concat(Enumerable.Range(PostgresBinaries.OldestMajor, PostgresBinaries.NewestMajor - PostgresBinaries.OldestMajor + 1).Reverse())
                .Where(major => packages(major).All(machine.Candidates.Contains)).Cast<int?>().FirstOrDefault();
    }

    static string[] NewerSuites(Machine machine)
    {
        string[] known = machine.Kind == MachineKind.Ubuntu ? ["noble", "questing", "resolute"] : ["trixie", "forky", "sid"];
        return [.. known.Skip(Array.IndexOf(known, machine.Codename) + 1)];
    }
}
