using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>Changes of a catalogue that fire no event trigger, or a peculiar one: too rare in random programs.</summary>
/// <remarks>Known to be seen by the next lease: <c>reassign owned by oracle_owner to oracle_tenant</c>, which fires none.</remarks>
public class EventlessChangeTests
{
    [Theory]
    [InlineData("cluster author using author_pkey")]
    [InlineData("create unique index concurrently broken on loose (a)")]
    [InlineData("drop owned by oracle_reader")]
    [InlineData("set session_replication_role = replica; create table unseen (id integer)")]
    public async Task The_next_lease_does_not_see(string change)
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var observer = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await observer.OpenAsync(token);
        await NastySchema.RunAsync(observer, NastySchema.Roles, token);
        await using var databases = await TestDatabases.CreateAsync(server, NastySchema.Options, token);
        string[] fresh;
        await using (var lease = await databases.LeaseAsync("fresh", token)) fresh = await SchemaDigest.ReadAsync(observer, lease.SchemaName, token);
        await using (var lease = await databases.LeaseAsync("change", token))
        {
            await using (var session = await lease.DataSource.OpenConnectionAsync(token))
                try
                {
                    await NastySchema.RunAsync(session, change, token);
                }
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
                {
                    // The index that could not be made stays, invalid.
                }
            Assert.NotEqual(fresh, await SchemaDigest.ReadAsync(observer, lease.SchemaName, token));
        }
        await using var next = await databases.LeaseAsync("next", token);
        Assert.Equal("", SchemaDigest.Difference(fresh, await SchemaDigest.ReadAsync(observer, next.SchemaName, token)));
    }
}
