using Npgsql;
using Postgres.Testing;
using Postgres.Testing.Xunit;
using Xunit;

namespace Notes.Tests.Migrating;

// region before
/// <summary>A server, or a database, for every test: isolated, and paid for by each.</summary>
public sealed class ServerPerTestBefore : IAsyncLifetime
{
    EmbeddedPostgres? server;
    NpgsqlDataSource? dataSource;

    public async ValueTask InitializeAsync()
    {
        server = await EmbeddedPostgres.StartAsync();
        dataSource = NpgsqlDataSource.Create(server.ConnectionString);
        await using var connection = await dataSource.OpenConnectionAsync();
        await NoteStore.MigrateAsync(connection);
    }

    [Fact]
    public async Task A_note_is_stored()
    {
        await using var connection = await dataSource!.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await NoteStore.AddAsync(connection, "tomatoes"));
    }

    public async ValueTask DisposeAsync()
    {
        await dataSource!.DisposeAsync();
        await server!.DisposeAsync();
    }
}
// endregion

// region after
/// <summary>The server is started once per process and the tables are made once per unit. A class that needs a database to itself
/// says so.</summary>
[PostgresTests(Isolation = TestIsolation.Database)]
public class ServerPerTestAfter(NotesDatabases databases) : DatabaseTest(databases)
{
    [Fact]
    public async Task A_note_is_stored()
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await NoteStore.AddAsync(connection, "tomatoes"));
    }
}
// endregion
