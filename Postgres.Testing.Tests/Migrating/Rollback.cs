using Npgsql;
using Postgres.Testing;
using Postgres.Testing.Xunit;
using Xunit;

namespace Notes.Tests.Migrating;

// region before
/// <summary>One connection in a transaction that is rolled back: no commits, no second connection, and vector indexes keep
/// the dead entries of every test before.</summary>
[Collection("shared database")]
public sealed class RollbackBefore : IAsyncLifetime
{
    readonly NpgsqlConnection connection = new(OldServer.ConnectionString);
    NpgsqlTransaction? transaction;

    public async ValueTask InitializeAsync()
    {
        await connection.OpenAsync();
        transaction = await connection.BeginTransactionAsync();
    }

    [Fact]
    public async Task A_note_is_stored() => Assert.NotEqual(0, await NoteStore.AddAsync(connection, "tomatoes"));

    public async ValueTask DisposeAsync()
    {
        await transaction!.RollbackAsync();
        await connection.DisposeAsync();
    }
}
// endregion

// region first
/// <summary>A first step that leaves the tests as they are: still one connection that is rolled back, but in a unit of its own,
/// whose vector indexes are clean.</summary>
[PostgresTests(Isolation = TestIsolation.Transaction)]
public class RollbackFirstStep(NotesDatabases databases) : DatabaseTest(databases)
{
    [Fact]
    public async Task A_note_is_stored() => Assert.Equal(1, await NoteStore.AddAsync(Db.Connection, "tomatoes"));
}
// endregion

// region after
/// <summary>Commits are real, and a test has as many connections as it likes.</summary>
public class RollbackAfter(NotesDatabases databases) : DatabaseTest(databases)
{
    [Fact]
    public async Task A_stored_note_is_seen_by_another_connection()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var writer = await Db.DataSource.OpenConnectionAsync(cancellationToken);
        await using var reader = await Db.DataSource.OpenConnectionAsync(cancellationToken);
        await NoteStore.AddAsync(writer, "tomatoes");
        Assert.Equal(1, await NoteStore.CountAsync(reader));
    }
}
// endregion
