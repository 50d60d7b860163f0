using Agent.Tests.Hosting;

namespace Agent.Tests.Scale;

/// <summary>Fixtures with other tables take no server of their own.</summary>
public class SharedServerTests(AgentDatabases all, PartitionedDatabases databases) : IClassFixture<PartitionedDatabases>
{
    [Fact]
    public async Task Two_fixtures_make_different_units_on_one_server()
    {
        Assert.Same(all.Server, databases.Server);
        await using var plain = await all.Databases.LeaseAsync("plain", TestContext.Current.CancellationToken);
        await using var partitioned = await databases.Databases.LeaseAsync("partitioned", TestContext.Current.CancellationToken);
        Assert.NotEqual(plain.SchemaName, partitioned.SchemaName);
        await using var count = partitioned.DataSource.CreateCommand("""
            select count(*) from pg_inherits where inhparent = 'messages'::regclass
            """);
        Assert.Equal(16L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
