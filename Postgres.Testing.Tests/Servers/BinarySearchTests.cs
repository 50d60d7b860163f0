namespace Postgres.Testing.Tests.Servers;

/// <summary>Discovery, against trees of files as systems have them.</summary>
public sealed class BinarySearchTests : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("pg root ").FullName;
    readonly Dictionary<string, string> answers = [];

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("usr/lib/postgresql/16/bin", "usr/share/postgresql/16")] // Debian, Ubuntu
    [InlineData("usr/pgsql-16/bin", "usr/pgsql-16/share")] // PGDG on Fedora
    [InlineData("opt/homebrew/opt/postgresql@16/bin", "opt/homebrew/share/postgresql@16")]
    [InlineData("usr/local/opt/postgresql@16/bin", "usr/local/share/postgresql@16")]
    [InlineData("Applications/Postgres.app/Contents/Versions/16/bin", "Applications/Postgres.app/Contents/Versions/16/share/postgresql")]
    [InlineData("Program Files/PostgreSQL/16/bin", "Program Files/PostgreSQL/16/share")]
    public void Finds_the_usual_folders_without_running_anything(string bin, string share)
    {
        var folder = Install(bin, share, "0.8.0");
        File.WriteAllText(Path.Combine(folder, "pg_config"), "");
        var search = Search() with { Run = (program, _) => throw new InvalidOperationException($"{program} was run, which takes longer than to look") };
        Assert.Equal(new PostgresBinaries(folder, 16, "0.8.0"), search.Best());
    }

    [Fact]
    public void Asks_the_server_where_the_path_has_no_version()
    {
        var folder = Install("usr/bin", "usr/share/pgsql", "0.7.4"); // Fedora
        answers[Path.Combine(folder, "postgres") + " --version"] = "postgres (PostgreSQL) 16.4";
        Assert.Equal(new PostgresBinaries(folder, 16, "0.7.4"), Search().Best());
    }

    [Fact]
    public void The_newest_that_has_pgvector_wins()
    {
        Install("usr/lib/postgresql/14/bin", "usr/share/postgresql/14", "0.5.0");
        var newest = Install("usr/lib/postgresql/15/bin", "usr/share/postgresql/15", "0.8.0");
        Install("usr/lib/postgresql/17/bin", "usr/share/postgresql/17", vector: null);
        Assert.Equal(newest, Search().Best().Folder);
        Assert.Equal([15, 14, 17], Search().All().Select(found => found.Major));
    }

    [Theory]
    [InlineData(13)]
    [InlineData(19)]
    public void Other_versions_are_not_taken(int major)
    {
        Install($"usr/lib/postgresql/{major}/bin", $"usr/share/postgresql/{major}", "0.8.0");
        Assert.Empty(Search().All());
    }

    [Fact]
    public void An_explicit_folder_wins_over_newer_ones()
    {
        var chosen = Install("srv/pg/postgresql/14/bin", "srv/pg/postgresql/14/share", "0.8.0");
        Install("usr/lib/postgresql/17/bin", "usr/share/postgresql/17", "0.8.0");
        Assert.Equal(chosen, (Search() with { Chosen = chosen }).Best().Folder);
    }

    [Fact]
    public void An_explicit_folder_without_pgvector_is_an_error_although_another_has_it()
    {
        var chosen = Install("usr/lib/postgresql/14/bin", "usr/share/postgresql/14", vector: null);
        Install("usr/lib/postgresql/17/bin", "usr/share/postgresql/17", "0.8.0");
        var message = Assert.Throws<PostgresTestingException>((Search() with { Chosen = chosen }).Best).Message;
        Assert.Contains(chosen, message, StringComparison.Ordinal);
        Assert.Contains("has no pgvector", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_lead_to_the_real_folder_which_counts_once()
    {
        var real = Install("usr/lib/postgresql/15/bin", "usr/share/postgresql/15", "0.8.0");
        var links = Directory.CreateDirectory(Path.Combine(root, "usr/local/bin")).FullName;
        foreach (var name in (string[])["postgres", "initdb"]) File.CreateSymbolicLink(Path.Combine(links, name), Path.Combine(real, name));
        Assert.Equal(real, Assert.Single((Search() with { SearchPath = links }).All()).Folder);
    }

    [Fact]
    public void A_pg_config_of_a_client_library_leads_nowhere_and_one_of_a_server_to_its_folder()
    {
        var path = Directory.CreateDirectory(Path.Combine(root, "path")).FullName;
        File.WriteAllText(Path.Combine(path, "pg_config"), "");
        answers[Path.Combine(path, "pg_config") + " --bindir"] = Path.Combine(root, "only/a/client");
        Assert.Empty((Search() with { SearchPath = path }).All());

        var odd = Install("srv/odd/place", "srv/odd/share", "0.8.0");
        answers[Path.Combine(path, "pg_config") + " --bindir"] = odd + "\n";
        answers[Path.Combine(odd, "postgres") + " --version"] = "postgres (PostgreSQL) 17.2 (Debian 17.2-1)";
        Assert.Equal(odd, (Search() with { SearchPath = path }).Best().Folder);
    }

    [Fact]
    public void A_share_folder_elsewhere_is_told_by_the_installation_itself()
    {
        var bin = Install("srv/postgresql/17/bin", "elsewhere/share", "0.8.0");
        File.WriteAllText(Path.Combine(bin, "pg_config"), "");
        answers[Path.Combine(bin, "pg_config") + " --sharedir"] = Path.Combine(root, "elsewhere/share");
        Assert.Equal("0.8.0", (Search() with { Chosen = bin }).Best().VectorVersion);
    }

    [Fact]
    public void Nothing_is_an_error_that_says_what_is_wanted()
    {
        var message = Assert.Throws<PostgresTestingException>(Search().Best).Message;
        Assert.Contains("no PostgreSQL 14 to 18", message, StringComparison.Ordinal);
        Assert.Contains("doctor", message, StringComparison.Ordinal);
    }

    BinarySearch Search() => new()
    {
        Root = root,
        SearchPath = "",
        Home = null,
        Run = (program, argument) => answers.GetValueOrDefault($"{program} {argument}"),
    };

    string Install(string bin, string share, string? vector)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, bin)).FullName;
        foreach (var name in (string[])["postgres", "initdb"]) File.WriteAllText(Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name), "");
        var extensions = Directory.CreateDirectory(Path.Combine(root, share, "extension")).FullName;
        File.WriteAllText(Path.Combine(root, share, "postgres.bki"), "");
        if (vector is not null)
            File.WriteAllText(Path.Combine(extensions, "vector.control"), $"comment = 'vector data type'\ndefault_version = '{vector}'\nrelocatable = true\n");
        return folder;
    }
}
