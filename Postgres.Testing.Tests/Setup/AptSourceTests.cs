namespace Postgres.Testing.Tests.Setup;

public class AptSourceTests
{
    const string Stanzas = """
        # the archive
        Types: deb
        # http://snapshot.example.org/archive/debian/20250520T000000Z
        URIs: http://archive.example.org/debian
        Suites: bookworm bookworm-updates
        Components: main
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

        Types: deb
        URIs: http://archive.example.org/debian-security
        Suites: bookworm-security
        Components: main contrib
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

        Types: deb-src
        URIs: http://source.example/debian
        Suites: bookworm
        Components: main

        Enabled: no
        Types: deb
        URIs: http://off.example/debian
        Suites: bookworm
        Components: main
        """;

    const string InlineKey = """
        Types: deb deb-src
        URIs: https://mirror.example/ubuntu/
        Suites: jammy jammy-updates
        Components: main universe
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         mQINBFit
         -----END PGP PUBLIC KEY BLOCK-----
        """;

    [Fact]
    public void Reads_the_deb822_format()
    {
        var sources = AptSource.ParseStanzas(Stanzas).ToList();
        Assert.Equal(["http://archive.example.org/debian", "http://archive.example.org/debian-security"], sources.Select(source => source.Uri));
        Assert.Equal(["bookworm", "bookworm-updates"], sources[0].Suites);
        Assert.Equal("/usr/share/keyrings/debian-archive-keyring.gpg", sources[0].SignedBy);
    }

    [Fact]
    public void Reads_the_format_with_one_archive_per_line()
    {
        var sources = AptSource.ParseLines("""
            #deb http://off.example/debian bookworm main
            deb cdrom:[Debian 12]/ bookworm main
            deb [arch=amd64 signed-by=/usr/share/keyrings/own.gpg] http://ftp.example/debian/ bookworm main contrib # comment
            deb-src http://ftp.example/debian/ bookworm main
            deb http://security.example/debian-security bookworm-security main
            """).ToList();
        Assert.Contains(sources, source => source is { Uri: "http://ftp.example/debian/", SignedBy: "/usr/share/keyrings/own.gpg" });
        var main = AptSource.FindMain(sources, "bookworm");
        Assert.Equal("http://ftp.example/debian/", main!.Uri);
        Assert.Equal(["main", "contrib"], main.Components);
    }

    [Fact]
    public void The_distributions_archive_is_not_its_security_archive_and_no_vendors()
    {
        var vendor = AptSource.ParseLines("deb https://apt.postgresql.org/pub/repos/apt bookworm main\ndeb https://download.docker.com/linux/debian-tools bookworm main");
        Assert.Equal("http://archive.example.org/debian", AptSource.FindMain(vendor.Concat(AptSource.ParseStanzas(Stanzas)), "bookworm")!.Uri);
        Assert.Null(AptSource.FindMain(vendor, "bookworm"));
        Assert.Null(AptSource.FindMain(AptSource.ParseStanzas(Stanzas), "trixie"));
    }

    [Theory]
    [InlineData("mirror+file:///etc/apt/mirrors/debian.list")]
    [InlineData("mirror://mirrors.example.org/mirrors.txt")]
    public void A_list_of_mirrors_is_the_archive_where_none_is_named_itself(string list)
    {
        var security = $"deb mirror+file:///etc/apt/mirrors/debian-security.list bookworm-security main";
        var mirrors = AptSource.ParseLines($"{security}\ndeb {list} bookworm main").ToList();
        Assert.Equal(list, AptSource.FindMain(mirrors, "bookworm")!.Uri);
        Assert.Equal("http://archive.example.org/debian", AptSource.FindMain(mirrors.Concat(AptSource.ParseStanzas(Stanzas)), "bookworm")!.Uri);
    }

    [Fact]
    public void Source_packages_come_from_the_same_place_under_the_same_key()
    {
        Assert.Equal("""
            Types: deb-src
            URIs: http://archive.example.org/debian
            Suites: trixie
            Components: main
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

            """, AptSource.ParseStanzas(Stanzas).First().ToSourcePackages("trixie"));
        var inline = AptSource.ParseStanzas(InlineKey).Single().ToSourcePackages("noble");
        Assert.Contains("Components: main universe\n", inline, StringComparison.Ordinal);
        Assert.Contains("\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBFit\n", inline, StringComparison.Ordinal);
        Assert.Equal(AptSource.ParseStanzas(InlineKey).Single().SignedBy, AptSource.ParseStanzas(inline.Replace("deb-src", "deb", StringComparison.Ordinal)).Single().SignedBy);
    }

    [Fact]
    public void A_source_without_a_key_leaves_the_choice_to_apt()
        => Assert.DoesNotContain("Signed-By", AptSource.ParseLines("deb http://ftp.example/debian bookworm main").Single().ToSourcePackages("sid"), StringComparison.Ordinal);
}
