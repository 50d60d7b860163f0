namespace Postgres.Testing.Tests.Setup;

public class MachineTests
{
    [Theory]
    [InlineData("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"", MachineKind.Debian, "bookworm", "12")]
    [InlineData("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble", MachineKind.Ubuntu, "noble", "24")]
    [InlineData("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22\"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble", MachineKind.Ubuntu, "noble", "22")]
    [InlineData("ID=fedora\nVERSION_ID=42", MachineKind.Fedora, "", "42")]
    [InlineData("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.5\"", MachineKind.RedHat, "", "9")]
    [InlineData("ID=alpine\nVERSION_ID=3.22.0", MachineKind.Alpine, "", "3")]
    [InlineData("ID=arch", MachineKind.Arch, "", "")]
    [InlineData("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"", MachineKind.Suse, "", "15")]
    [InlineData("ID=plan9", MachineKind.Unknown, "", "")]
    [InlineData("", MachineKind.Unknown, "", "")]
    public void Tells_the_system(string osRelease, object kind, string codename, string version)
    {
        var machine = Machine.FromOsRelease(osRelease);
        Assert.Equal(((MachineKind)kind, codename, version), (machine.Kind, machine.Codename, machine.Version));
    }

    [Fact]
    public void Knows_what_apt_could_install()
    {
        var candidates = Machine.ParsePolicy("""
            postgresql-15:
              Installed: (none)
              Candidate: 15.20-0+deb12u1
              Version table:
                 15.20-0+deb12u1 500
                    500 http://archive.example.org/debian-security bookworm-security/main amd64 Packages
            postgresql-15-pgvector:
              Installed: (none)
              Candidate: (none)
              Version table:
            postgresql-server-dev-15:
              Installed: 15.20-0+deb12u1
              Candidate: 15.20-0+deb12u1

            """);
        Assert.Equal(["postgresql-15", "postgresql-server-dev-15"], candidates.Order());
    }
}
