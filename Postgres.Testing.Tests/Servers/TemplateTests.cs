namespace Postgres.Testing.Tests.Servers;

/// <summary>The cached cluster is made once and never used broken.</summary>
public class TemplateTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_second_start_uses_what_the_first_made()
    {
        using var scratch = new Scratch();
        var made = Said(await StartAndStopAsync(scratch));
        var written = File.GetLastWriteTimeUtc(Pack(scratch));
        Assert.True(made);
        Assert.False(Said(await StartAndStopAsync(scratch)));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Pack(scratch)));
    }

    [Theory]
    [InlineData("a changed byte")]
    [InlineData("half of it")]
    [InlineData("nothing")]
    [InlineData("a bit of the header")]
    public async Task A_damaged_cluster_is_made_anew(string damage)
    {
        using var scratch = new Scratch();
        await StartAndStopAsync(scratch);
        var file = Pack(scratch);
        var bytes = await File.ReadAllBytesAsync(file, Token);
        switch (damage)
        {
            case "a changed byte":
                bytes[bytes.Length / 2] ^= 1;
                break;
            case "half of it":
                bytes = bytes[..(bytes.Length / 2)];
                break;
            case "nothing":
                bytes = [];
                break;
            default:
                bytes = bytes[..9];
                break;
        }
        await File.WriteAllBytesAsync(file, bytes, Token);
        Assert.Contains(await StartAndStopAsync(scratch), line => line.Contains("damaged", StringComparison.Ordinal));
        Assert.True(ClusterPack.IsIntact(await File.ReadAllBytesAsync(file, Token)));
    }

    [Fact]
    public async Task What_a_killed_writer_left_is_removed()
    {
        using var scratch = new Scratch();
        await StartAndStopAsync(scratch);
        var file = Pack(scratch);
        File.Move(file, file + ".new");
        await using (var cut = new FileStream(file + ".new", FileMode.Open)) cut.SetLength(1000);
        Assert.True(Said(await StartAndStopAsync(scratch)));
        Assert.False(File.Exists(file + ".new"));
    }

    [Fact]
    public async Task Eight_first_runs_at_once_make_it_once()
    {
        using var scratch = new Scratch();
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StartAndStopAsync(scratch))));
        Assert.Single(runs, Said);
        Assert.Single(Directory.GetFiles(scratch.Cache, "*.pack"));
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task Two_editions_at_once_keep_a_cluster_each()
    {
        using var scratch = new Scratch();
        var binaries = PostgresBinaries.Find();
        byte[][] packs = await Task.WhenAll(new[] { binaries, binaries with { VectorVersion = "99.0" } }.SelectMany(each => new[] { each, each })
            .Select(each => ClusterTemplate.GetAsync(each, scratch.Options, ServerAccount.Current, Token)));
        Assert.All(packs, pack => Assert.True(ClusterPack.IsIntact(pack)));
        Assert.Equal(2, Directory.GetFiles(scratch.Cache, "*.pack").Length);
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public void Its_name_changes_with_binaries_and_extension()
    {
        var binaries = PostgresBinaries.Find();
        var key = ClusterTemplate.Key(binaries);
        Assert.Equal(key, ClusterTemplate.Key(PostgresBinaries.Find()));
        Assert.NotEqual(key, ClusterTemplate.Key(binaries with { VectorVersion = "99.0" }));
        Assert.StartsWith($"{binaries.Major}-", key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_the_place_of_the_lock_costs_the_cache_and_nothing_else()
    {
        using var scratch = new Scratch();
        await StartAndStopAsync(scratch);
        var file = Pack(scratch);
        File.Delete(file);
        File.Delete(file + ".lock");
        Directory.CreateDirectory(file + ".lock");
        Assert.Contains(await StartAndStopAsync(scratch), line => line.Contains("its lock cannot be had", StringComparison.Ordinal));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task What_could_not_be_cached_leaves_no_half_behind()
    {
        using var scratch = new Scratch();
        await StartAndStopAsync(scratch);
        var file = Pack(scratch);
        File.Delete(file);
        Directory.CreateDirectory(file);
        Assert.Contains(await StartAndStopAsync(scratch), line => line.Contains("could not be cached", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(scratch.Cache, "*.new"));
    }

    [Fact]
    public async Task A_cache_that_others_may_write_to_is_not_trusted()
    {
        using var scratch = new Scratch();
        Directory.CreateDirectory(scratch.Cache);
        Scratch.Open(scratch.Cache);
        Assert.Contains(await StartAndStopAsync(scratch), line => line.Contains("No folder will do as a cache", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(scratch.Cache));
    }

    static string Pack(Scratch scratch) => Directory.GetFiles(scratch.Cache, "*.pack").Single();

    static bool Said(IEnumerable<string> lines) => lines.Any(line => line.StartsWith("Making the cluster", StringComparison.Ordinal));

    static async Task<List<string>> StartAndStopAsync(Scratch scratch)
    {
        var lines = new List<string>();
        await using var server = await EmbeddedPostgres.StartAsync(scratch.Options with { Log = lines.Add }, Token);
        return lines;
    }
}
