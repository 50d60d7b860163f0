using Npgsql;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>Nobody's data is at risk by a wrong connection string.</summary>
public class ExistingPostgresTests(EngineServer engine) : IClassFixture<EngineServer>
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    async Task<string> NewDatabaseAsync()
    {
        var name = $"precious_{Guid.NewGuid():N}";
        await using var admin = new NpgsqlConnection(engine.Server.ConnectionString);
        await admin.OpenAsync(Token);
        await EngineServer.ExecuteAsync(admin, $"create database {name}", Token);
        return new NpgsqlConnectionStringBuilder(engine.Server.ConnectionString) { Database = name }.ConnectionString;
    }

    [Fact]
    public async Task A_database_without_the_mark_is_refused_and_nothing_is_written_to_it()
    {
        var target = await NewDatabaseAsync();
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => ExistingPostgres.ConnectAsync(target, new() { Disposable = true }, Token));
        Assert.Contains("MarkDisposableAsync", exception.Message, StringComparison.Ordinal);
        await using var look = new NpgsqlConnection(target);
        await look.OpenAsync(Token);
        Assert.Empty(await look.ListAsync("select nspname::text from pg_namespace where nspname = 'postgres_testing'"));
    }

    [Theory]
    [InlineData("foo;Password=secret")]
    [InlineData("Host=localhost;Prot=5432;Password=secret")]
    [InlineData("Host=localhost;Port=secret")]
    [InlineData("Database=tests;Password=secret")]
    [InlineData("postgresql://postgres:secret@localhost/tests")]
    public async Task A_connection_string_that_is_none_is_told_with_an_example_and_without_its_password(string text)
        => await FailsAsync(text, "not one that Npgsql understands");

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=tests;Password=secret", "'tests' of 127.0.0.1:1", "Connection refused")]
    [InlineData("Host=no-such-host.invalid;Username=me;Password=secret", "'me' of no-such-host.invalid:5432")]
    public async Task A_server_that_cannot_be_reached_is_told_with_an_example_and_without_its_password(string text, params string[] words)
        => await FailsAsync(text, ["Start the server, or correct", .. words]);

    static async Task FailsAsync(string connectionString, params string[] words)
    {
        foreach (var call in (Func<Task>[])[() => ExistingPostgres.ConnectAsync(connectionString, new() { Disposable = true }, Token), () => ExistingPostgres.MarkDisposableAsync(connectionString, Token)])
        {
            var exception = await Assert.ThrowsAsync<PostgresTestingException>(call);
            Assert.All([.. words, "POSTGRES_TESTING_SERVER", "Host=localhost;Username=postgres;"], word => Assert.Contains(word, exception.Message, StringComparison.Ordinal));
            Assert.DoesNotContain("secret", exception.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_marked_database_is_refused_to_a_caller_who_does_not_call_it_disposable()
    {
        var target = await NewDatabaseAsync();
        await ExistingPostgres.MarkDisposableAsync(target, Token);
        var exception = await Assert.ThrowsAsync<PostgresTestingException>(() => ExistingPostgres.ConnectAsync(target, new(), Token));
        Assert.Contains("Disposable = true", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(";Multiplexing=true")]
    public async Task A_marked_database_whose_caller_agrees_takes_tests(string more)
    {
        var target = await NewDatabaseAsync();
        await ExistingPostgres.MarkDisposableAsync(target, Token);
        await ExistingPostgres.MarkDisposableAsync(target, Token);
        await using var server = await ExistingPostgres.ConnectAsync(target + more, new() { Disposable = true }, Token);
        await using var databases = await TestDatabases.CreateAsync(server, new() { Workers = 1, Migrate = (c, t) => EngineServer.ExecuteAsync(c, "create table t (x int)", t) }, Token);
        await using var db = await databases.TakeAsync("guest");
        await db.ExecuteAsync("insert into t values (1)");
    }
}
