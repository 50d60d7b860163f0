using Npgsql;
using Postgres.Testing.Xunit;
using Xunit;

namespace Notes.Tests.Migrating;

// region before
/// <summary>One database for all: in sequence, cleaned by hand, and any test can break its neighbours.</summary>
[Collection("shared database")]
public sealed class SharedServerBefore : IAsyncLifetime
{
    static readonly string ConnectionString = OldServer.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("truncate table notes restart identity", connection);
        await command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task A_note_is_stored()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await NoteStore.AddAsync(connection, "tomatoes"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
// endregion

// region after
/// <summary>No collection, no clean-up, no connection string: the lease is clean, and a test runs beside any other.</summary>
public class SharedServerAfter(NotesDatabases databases) : DatabaseTest(databases)
{
    [Fact]
    public async Task A_note_is_stored()
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await NoteStore.AddAsync(connection, "tomatoes"));
    }
}
// endregion
