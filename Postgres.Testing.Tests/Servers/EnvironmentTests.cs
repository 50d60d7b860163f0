namespace Postgres.Testing.Tests.Servers;

/// <summary>Servers start wherever people run tests.</summary>
public class EnvironmentTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_ordinary_user_without_home_can_start_one()
    {
        var asNobody = AsNobody();
        using var scratch = new Scratch();
        var program = CopyTests(scratch);
        using var owner = OwnerProcess.Start(scratch, wrap: asNobody, program: program, environment: variables =>
        {
            variables.Remove("HOME");
            variables.Remove("XDG_CACHE_HOME");
            variables["TMPDIR"] = scratch.Folder;
        });
        Assert.StartsWith("[1]" + scratch.Data, await owner.ReportAsync(), StringComparison.Ordinal);
        Assert.Equal(65534u, Posix.OwnerOf(scratch.Servers.Single()));
        owner.Kill();
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task A_user_without_an_entry_is_told_what_it_lacks()
    {
        string[] asNumber = [.. AsNobody().Select(argument => argument.Replace("65534", "54321", StringComparison.Ordinal))];
        using var scratch = new Scratch();
        var (_, output) = await Shell.RunAsync([.. asNumber, "env", "-u", PostgresTestingEnvironment.Report, "HOME=", $"TMPDIR={scratch.Folder}", CopyTests(scratch),
            "-explicit", "only", "-noColor", "-class", typeof(OwnerSample).FullName!], null, Token);
        Assert.Contains("The user has no entry in /etc/passwd", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_home_that_is_not_writable_moves_the_cache_to_the_temporary_folder()
    {
        var asNobody = AsNobody();
        using var scratch = new Scratch();
        var program = CopyTests(scratch);
        var home = Directory.CreateDirectory(Path.Combine(scratch.Folder, "home of root")).FullName;
        using var owner = OwnerProcess.Start(scratch, new(scratch.NewFile(), scratch.Data, CacheFolder: null, Stays: false),
            asNobody, program, variables =>
            {
                variables["HOME"] = home;
                variables.Remove("XDG_CACHE_HOME");
                variables["TMPDIR"] = scratch.Folder;
            });
        Assert.StartsWith("[1]", await owner.ReportAsync(), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(scratch.Folder, "postgres-testing-65534"), "*.pack"));
        Assert.Empty(Directory.GetFileSystemEntries(home));
    }

    [Fact]
    public async Task A_temporary_folder_that_is_closed_to_the_user_does_not_matter_where_there_is_memory()
    {
        if (!Directory.Exists("/dev/shm")) Assert.Skip("There is no /dev/shm to go to.");
        var asNobody = AsNobody();
        using var scratch = new Scratch();
        var program = CopyTests(scratch);
        var closed = Directory.CreateDirectory(Path.Combine(scratch.Folder, "of root")).FullName;
        Scratch.SetMode(closed, 0b111_000_000);
        using var owner = OwnerProcess.Start(scratch, new(scratch.NewFile(), DataFolder: null, scratch.Cache, Stays: false), asNobody, program, variables => variables["TMPDIR"] = closed);
        Assert.StartsWith("[1]/dev/shm", await owner.ReportAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PostgresListen.Socket)]
    [InlineData(PostgresListen.Tcp)]
    public async Task Variables_that_are_meant_for_clients_of_another_server_do_not_matter(PostgresListen listen)
    {
        using var scratch = new Scratch();
        using var owner = OwnerProcess.Start(scratch, new(scratch.NewFile(), scratch.Data, scratch.Cache, Stays: false, listen), environment: variables =>
        {
            variables["PGREQUIREAUTH"] = "md5";
            variables["PGSSLNEGOTIATION"] = "direct";
            variables["PGTZ"] = "Foo/Bar";
            variables["PGOPTIONS"] = "-c no_such_setting=1";
            variables["PGCLIENTENCODING"] = "LATIN1";
        });
        Assert.StartsWith("[1]" + scratch.Data, await owner.ReportAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("077")]
    [InlineData("000")]
    public async Task The_umask_does_not_matter(string umask)
    {
        using var scratch = new Scratch();
        using var owner = OwnerProcess.Start(scratch, wrap: ["/bin/sh", "-c", "umask \"$0\" && exec \"$@\"", umask]);
        Assert.StartsWith("[1]" + scratch.Data, await owner.ReportAsync(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(scratch.Servers.Single()));
        owner.Kill();
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task Too_little_room_in_memory_moves_the_data_and_says_so()
    {
        if (!Directory.Exists("/dev/shm")) Assert.Skip("There is no /dev/shm to have too little room.");
        var lines = new List<string>();
        var memory = new DriveInfo("/dev/shm").AvailableFreeSpace;
        var disk = new DriveInfo(Path.GetTempPath()).AvailableFreeSpace;
        if (disk <= memory + (1 << 30)) Assert.Skip("The temporary folder has no more room than /dev/shm.");
        await using var server = await EmbeddedPostgres.StartAsync(new() { RequiredSpace = memory + (disk - memory) / 2, Log = lines.Add }, Token);
        Assert.StartsWith(Path.GetTempPath(), server.Log.Path, StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("/dev/shm has", StringComparison.Ordinal) && line.Contains("MB are wanted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_shared_memory_the_data_goes_to_the_temporary_folder()
    {
        using var scratch = new Scratch();
        // A /dev that has what programs need, and no shm.
        var wrap = await OwnMounts.WrapAsync($"mount -t tmpfs none '{scratch.Data}' && (cd '{scratch.Data}' && for d in null zero random urandom; do : >$d; mount --bind /dev/$d $d || exit 1; done) "
            + $"&& mount --rbind '{scratch.Data}' /dev && test ! -e /dev/shm");
        using var owner = OwnerProcess.Start(scratch, new(scratch.NewFile(), DataFolder: null, scratch.Cache, Stays: false), wrap, environment: variables => variables["TMPDIR"] = scratch.Folder);
        Assert.StartsWith("[1]" + scratch.Folder, await owner.ReportAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_at_once_do_not_meet()
    {
        using var scratch = new Scratch();
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => EmbeddedPostgres.StartAsync(
            scratch.Options with { Listen = i % 2 == 0 ? PostgresListen.Socket : PostgresListen.Tcp }, Token)));
        Assert.Equal(4, servers.Select(server => server.ConnectionString).Distinct().Count());
        await Task.WhenAll(servers.Select(async (server, i) =>
        {
            await using var source = Npgsql.NpgsqlDataSource.Create(server.ConnectionString);
            await using var command = source.CreateCommand($"create table mine as select {i} as i");
            await command.ExecuteNonQueryAsync(Token);
            await server.DisposeAsync();
        }));
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task Only_the_password_opens_a_port()
    {
        using var scratch = new Scratch();
        await using var server = await EmbeddedPostgres.StartAsync(scratch.Options with { Listen = PostgresListen.Tcp }, Token);
        var wrong = new Npgsql.NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess", Pooling = false };
        await using var connection = new Npgsql.NpgsqlConnection(wrong.ConnectionString);
        Assert.Equal("28P01", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => connection.OpenAsync(Token))).SqlState);
    }

    static string[] AsNobody()
    {
        if (!Posix.IsRoot || ServerAccount.Setpriv is null) Assert.Skip("Only root can become another user: run the tests as root.");
        return [ServerAccount.Setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    }

    // Another user may not be able to enter the folder of the build.
    static string CopyTests(Scratch scratch)
    {
        var target = Path.Combine(scratch.Folder, "bïn");
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return Path.Combine(target, "Postgres.Testing.Tests");
    }
}
