namespace Postgres.Testing.Tests.Servers;

/// <summary>Each thing that can be wrong has one message with what is wrong and what mends it.</summary>
public class ErrorTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(10_001)]
    public async Task Connections_that_a_server_cannot_have(int connections)
        => await FailsAsync(new() { MaxConnections = connections }, $"{connections} connections", "10 to 10000", "MaxConnections");

    [Fact]
    public async Task More_workers_than_connections() => await FailsAsync(new() { Workers = int.MaxValue }, "connections were asked for", "Workers");

    [Fact]
    public async Task A_folder_without_binaries() => await FailsAsync(new() { BinaryFolder = "/nowhere/bin" }, "'/nowhere/bin'", "no postgres and initdb", "PG_BIN");

    [Fact]
    public async Task A_place_that_does_not_exist() => await FailsAsync(new() { DataFolder = "/nowhere at all" }, "/nowhere at all does not exist", "DataFolder");

    [Fact]
    public async Task A_place_without_room()
        => await FailsAsync(new() { DataFolder = Path.GetTempPath(), RequiredSpace = long.MaxValue }, "MB free where", "DataFolder");

    [Fact]
    public async Task A_path_that_is_too_long_for_a_socket()
    {
        using var scratch = new Scratch();
        var deep = Path.Combine(scratch.Folder, new string('x', 90));
        Directory.CreateDirectory(deep);
        await FailsAsync(scratch.Options with { DataFolder = deep }, "where 103 are the limit", "DataFolder");
    }

    [Fact]
    public async Task A_place_that_the_user_of_the_server_cannot_enter()
    {
        if (!Posix.IsRoot) Assert.Skip("Only for root does another user run the server.");
        using var scratch = new Scratch();
        Scratch.SetMode(scratch.Data, 0b111_000_000);
        await FailsAsync(scratch.Options, "cannot enter", scratch.Data, "chmod o+x");
    }

    [Fact]
    public async Task A_setting_that_the_server_does_not_know()
    {
        using var scratch = new Scratch();
        await FailsAsync(scratch.Options with { Settings = new Dictionary<string, string> { ["no_such_setting"] = "1" } },
            "died while starting", "does not know a setting", "no_such_setting");
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task A_setting_that_would_write_another_line()
        => await FailsAsync(new() { Settings = new Dictionary<string, string> { ["a = 1\nfsync"] = "on" } }, "no name of a setting");

    [Theory]
    [InlineData("unix_socket_directories", "/tmp")]
    [InlineData("LISTEN_ADDRESSES", "*")]
    [InlineData("data_directory", "/var/lib/postgresql")]
    public async Task A_setting_that_the_start_itself_needs(string name, string value)
        => await FailsAsync(new() { Settings = new Dictionary<string, string> { [name] = value } }, $"{name} = '{value}'", "take it out of EmbeddedPostgresOptions.Settings", "DataFolder");

    [Fact]
    public async Task Settings_that_are_null()
    {
        await FailsAsync(new() { Settings = null! }, "EmbeddedPostgresOptions.Settings is null");
        await FailsAsync(new() { Settings = new Dictionary<string, string> { ["jit"] = null! } }, "The value of jit is null", "EmbeddedPostgresOptions.Settings");
    }

    [Fact]
    public async Task A_setting_that_lets_no_session_in()
    {
        using var scratch = new Scratch();
        await FailsAsync(scratch.Options with { Settings = new Dictionary<string, string> { ["session_preload_libraries"] = "nope" } },
            "its first session failed", "could not access file \"nope\"", "EmbeddedPostgresOptions.Settings names is missing");
        await scratch.NothingLeftAsync();
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("a\0b", "'a\\0b'")]
    public async Task A_folder_that_is_no_path(string folder, string named)
    {
        await FailsAsync(new() { DataFolder = folder }, "EmbeddedPostgresOptions.DataFolder", named, "leave it null");
        await FailsAsync(new() { CacheFolder = folder }, "EmbeddedPostgresOptions.CacheFolder", named, "leave it null");
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a\0b", "has a NUL")]
    public async Task A_password_that_is_none(string password, string reason)
        => await FailsAsync(new() { Listen = PostgresListen.Tcp, Password = password }, "EmbeddedPostgresOptions.Password", reason, "leave it null");

    [Theory]
    [InlineData(70_000)]
    [InlineData(-1)]
    public async Task A_number_that_is_no_port(int port)
        => await FailsAsync(new() { Listen = PostgresListen.Tcp, Port = port }, $"no port {port}", "EmbeddedPostgresOptions.Port", "0 for a free one");

    [Fact]
    public async Task A_port_that_is_taken()
    {
        using var scratch = new Scratch();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await FailsAsync(scratch.Options with { Listen = PostgresListen.Tcp, Port = port }, $"Port {port}", "is taken", "Port");
        await scratch.NothingLeftAsync();
    }

    [Theory]
    [InlineData("FATAL:  could not write lock file \"postmaster.pid\": No space left on device", "is full")]
    [InlineData("FATAL:  could not create shared memory segment: Invalid argument", "shared memory")]
    [InlineData("setpriv: setresuid failed: Operation not permitted", "run as an ordinary user")]
    [InlineData("ERROR:  could not open extension control file \"/x/vector.control\": No such file", "pgvector is not installed")]
    [InlineData("ERROR:  could not access file \"$libdir/vector\": No such file or directory", "install it again")]
    [InlineData("FATAL:  could not access file \"nope\": No such file or directory", "take it out of the settings")]
    [InlineData("LOG:  could not bind IPv4 address \"127.0.0.1\": Permission denied", "EmbeddedPostgresOptions.Port")]
    [InlineData("out of file descriptors: Too many open files", "ulimit -n")]
    public void A_reason_in_the_log_is_told_with_what_mends_it(string log, string advice)
    {
        var message = StartFailure.Explain("PostgreSQL died while starting", log, log).Message;
        Assert.Contains(advice, message, StringComparison.Ordinal);
        Assert.Contains(log, message, StringComparison.Ordinal);
    }

    static async Task FailsAsync(EmbeddedPostgresOptions options, params string[] words)
    {
        var message = (await Assert.ThrowsAsync<PostgresTestingException>(() => EmbeddedPostgres.StartAsync(options, Token))).Message;
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }
}
