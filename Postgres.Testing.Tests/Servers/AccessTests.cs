using Npgsql;

namespace Postgres.Testing.Tests.Servers;

public class AccessTests
{
    [Fact]
    public async Task A_role_without_rights_can_use_vectors_and_a_session_without_lease_finds_them()
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var dataSource = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = dataSource.CreateCommand("create role visitor; set role visitor; select '[1,2]'::vector <-> '[1,3]'");
        Assert.Equal(1d, await command.ExecuteScalarAsync(token));
    }
}
