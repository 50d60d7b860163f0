using Npgsql;

namespace Postgres.Testing.Tests.Servers;

public class EmbeddedPostgresTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PostgresListen.Socket)]
    [InlineData(PostgresListen.Tcp)]
    public async Task A_server_answers_with_vectors_and_leaves_nothing(PostgresListen listen)
    {
        var server = await EmbeddedPostgres.StartAsync(new() { Listen = listen }, Token);
        var folder = Path.GetDirectoryName(server.Log.Path)!;
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand("select '[1,2]'::extensions.vector operator(extensions.<->) '[1,3]'", connection);
            Assert.Equal(1d, await command.ExecuteScalarAsync(Token));
        }
        await server.DisposeAsync();
        Assert.False(Directory.Exists(folder));
    }
}
