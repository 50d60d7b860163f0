using System.Diagnostics;

namespace Postgres.Testing.Tests.Setup;

/// <summary>What is done on which system, without doing it.</summary>
public class SetupPlanTests
{
    static readonly AptSource Debian = new("http://archive.example.org/debian", ["bookworm", "bookworm-updates"], ["main"], "/usr/share/keyrings/debian-archive-keyring.gpg");
    static readonly AptSource Ubuntu = new("http://archive.ubuntu.com/ubuntu", ["jammy", "jammy-updates"], ["main", "universe"], null);

    static Machine Bookworm => new()
    {
        Kind = MachineKind.Debian,
        Name = "Debian GNU/Linux 12 (bookworm)",
        Codename = "bookworm",
        Candidates = Set("postgresql-15", "postgresql-server-dev-15"),
        Sources = [Debian],
    };

    [Fact]
    public void Debian_12_builds_pgvector_from_the_source_package_of_Debian_13()
    {
        var plan = SetupPlan.For(Bookworm, []);
        Assert.True(plan.IsAutomatic);
        Has(plan, "postgresql-15 postgresql-server-dev-15", "--no-install-recommends", "for suite in trixie forky sid", "Types: deb-src", "URIs: http://archive.example.org/debian",
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg", "source pgvector", "OPTFLAGS= with_llvm=no", "create_main_cluster = false", "DPkg::Lock::Timeout=120");
    }

    [Fact]
    public void Debian_13_installs_its_package()
    {
        var plan = SetupPlan.For(Bookworm with { Codename = "trixie", Candidates = Set("postgresql-17", "postgresql-server-dev-17", "postgresql-17-pgvector") }, []);
        Assert.True(plan.IsAutomatic);
        Has(plan, "postgresql-17 postgresql-17-pgvector", "create_main_cluster = false");
        Assert.DoesNotContain("deb-src", plan.Commands, StringComparison.Ordinal);
    }

    [Fact]
    public void Ubuntu_24_installs_its_package()
        => Has(SetupPlan.For(Bookworm with { Kind = MachineKind.Ubuntu, Codename = "noble", Candidates = Set("postgresql-16", "postgresql-16-pgvector") }, []), "postgresql-16-pgvector");

    [Fact]
    public void Ubuntu_22_builds_pgvector_from_the_source_package_of_Ubuntu_24()
        => Has(SetupPlan.For(Bookworm with { Kind = MachineKind.Ubuntu, Codename = "jammy", Candidates = Set("postgresql-14", "postgresql-server-dev-14"), Sources = [Ubuntu] }, []),
            "postgresql-server-dev-14", "for suite in noble", "Components: main universe");

    [Fact]
    public void A_server_that_is_there_gets_the_extension_before_a_newer_one_is_installed()
        => Has(SetupPlan.For(Bookworm with { Candidates = Set("postgresql-16-pgvector", "postgresql-18-pgvector") }, [new("/usr/lib/postgresql/16/bin", 16, null)]), "postgresql-16-pgvector");

    [Fact]
    public void The_newest_packaged_version_is_taken_where_none_is_there()
        => Has(SetupPlan.For(Bookworm with { Candidates = Set("postgresql-14-pgvector", "postgresql-18-pgvector", "postgresql-16-pgvector") }, []), "postgresql-18-pgvector");

    [Fact]
    public void Debian_without_any_PostgreSQL_in_its_lists_names_the_projects_archive()
    {
        var plan = SetupPlan.For(Bookworm with { Candidates = Set() }, []);
        Assert.False(plan.IsAutomatic);
        Has(plan, "apt-get update", "apt.postgresql.org.sh", "postgresql-17-pgvector");
    }

    [Theory]
    [InlineData(MachineKind.Fedora, "sudo dnf install -y postgresql-server pgvector")]
    [InlineData(MachineKind.RedHat, "EL-9-$(uname -m)/pgdg-redhat-repo-latest.noarch.rpm")]
    [InlineData(MachineKind.RedHat, "pgvector_17")]
    [InlineData(MachineKind.MacOS, "brew install postgresql@17 pgvector")]
    [InlineData(MachineKind.Windows, "nmake /F Makefile.win install")]
    [InlineData(MachineKind.Arch, "pacman")]
    [InlineData(MachineKind.Alpine, "apk add")]
    [InlineData(MachineKind.Suse, "zypper")]
    [InlineData(MachineKind.Unknown, "PG_BIN")]
    public void Other_systems_get_exact_commands(object kind, string command)
    {
        var plan = SetupPlan.For(new Machine { Kind = (MachineKind)kind, Version = "9" }, []);
        Assert.False(plan.IsAutomatic);
        Has(plan, command);
    }

    [Fact]
    public async Task Every_script_is_understood_by_the_systems_shell()
    {
        foreach (var script in (string[])[AptScript.Update, AptScript.Install(17), AptScript.Build(15, Debian, ["trixie"]), AptScript.InstallFirst("chromium-headless-shell", "chromium")])
        {
            using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-n", "-c", script]) { RedirectStandardError = true })!;
            Assert.Equal("", await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, shell.ExitCode);
        }
    }

    [Fact]
    public async Task Nothing_is_asked_or_said_where_all_is_there()
        => await PostgresSetup.EnsureAsync(line => Assert.Fail(line), question => throw new InvalidOperationException(question), TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_doctor_tells_of_everything_and_of_what_is_missing_how_to_mend_it()
    {
        var machine = Bookworm with { Kind = MachineKind.Fedora };
        var findings = (await Doctor.ExamineAsync(machine, [], aspireRestores: false, TestContext.Current.CancellationToken)).ToList();
        Assert.Equal([".NET SDK", "PostgreSQL", "pgvector", "container runtime", "Aspire packages", "tmpfs", "Chromium"], findings.Select(finding => finding.Name));
        Assert.All(findings, finding => Assert.Equal(finding.IsOk, finding.Mend is null));
        Assert.Contains("dnf install", findings[1].Mend, StringComparison.Ordinal);
        Assert.True(findings[1] is { IsOk: false, IsRequired: true });
    }

    [Fact]
    public async Task The_doctor_sees_what_is_installed()
    {
        var findings = await PostgresSetup.InspectAsync(aspireRestores: true, TestContext.Current.CancellationToken);
        Assert.All(findings.Where(finding => finding.Name is ".NET SDK" or "PostgreSQL" or "pgvector" or "Aspire packages"), finding => Assert.True(finding.IsOk));
        Assert.Contains(PostgresBinaries.Find().Folder, findings.Single(finding => finding.Name == "PostgreSQL").Detail, StringComparison.Ordinal);
    }

    static void Has(SetupPlan plan, params string[] words) => Assert.All(words, word => Assert.Contains(word, plan.Commands, StringComparison.Ordinal));

    static HashSet<string> Set(params string[] packages) => [.. packages];
}
