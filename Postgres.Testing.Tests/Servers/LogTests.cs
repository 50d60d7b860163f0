using Npgsql;

namespace Postgres.Testing.Tests.Servers;

public class LogTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Errors_are_found_by_the_application_that_caused_them()
    {
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: Token);
        await FailAsync(server, "Töst of something: [a] 'b'", "select 1\n  / 0 as wrong");
        var later = server.Log.Position;
        await FailAsync(server, "Töst of something: [a] 'b'", "select * from missing");
        await FailAsync(server, "another", "select nothing");

        IReadOnlyList<PostgresLogEntry> entries = [];
        await Eventually.TrueAsync(async () => (entries = await server.Log.ReadEntriesAsync("Töst of something: [a] 'b'", 0, Token)).Count == 2);
        Assert.Equal("22012", entries[0].SqlState);
        Assert.Equal("ERROR", entries[0].Severity);
        Assert.Equal("division by zero\nSTATEMENT:  select 1\n  / 0 as wrong", entries[0].Message);
        Assert.Contains("missing", Assert.Single(await server.Log.ReadEntriesAsync("Töst of something: [a] 'b'", later, Token)).Message, StringComparison.Ordinal);
        Assert.Equal(DateTimeKind.Utc, entries[0].Time.Kind);
        Assert.Contains(await server.Log.ReadEntriesAsync(null, later, Token), entry => entry.ApplicationName == "another");
    }

    [Fact]
    public async Task Names_are_found_that_the_server_cuts_in_a_letter()
    {
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: Token);
        var name = new string('x', 62) + "öy";
        await FailAsync(server, name, "select nothing");
        await Eventually.TrueAsync(async () => (await server.Log.ReadEntriesAsync(name, 0, Token)).Count == 1);
    }

    static async Task FailAsync(EmbeddedPostgres server, string application, string sql)
    {
        var connectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { ApplicationName = application }.ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));
    }
}
