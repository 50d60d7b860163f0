using Postgres.Testing.Xunit;

[assembly: TestCaseOrderer(typeof(SeededOrder))]

namespace Postgres.Testing.Tests;

public class SmokeTests
{
    [Fact]
    public async Task A_leased_unit_answers()
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var databases = await TestDatabases.CreateAsync(server, new(), token);
        await using var db = await databases.LeaseAsync("smoke", token);
        await using var command = db.DataSource.CreateCommand("select '[1,2]'::vector <-> '[1,3]'");
        Assert.Equal(1d, await command.ExecuteScalarAsync(token));
    }
}
