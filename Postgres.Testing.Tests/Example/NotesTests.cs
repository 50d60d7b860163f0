using Npgsql;
using Postgres.Testing;
using Postgres.Testing.Xunit;
using Xunit;

[assembly: AssemblyFixture(typeof(Notes.Tests.NotesDatabases))]

namespace Notes.Tests;

/// <summary>One server for the whole test process. Migrate runs once per unit, not once per test.</summary>
public sealed class NotesDatabases : PostgresFixture
{
    protected override TestDatabasesOptions Options => new()
    {
        Migrate = async (connection, cancellationToken) =>
        {
            await using var command = new NpgsqlCommand("""
                create table notes (id int generated always as identity primary key, body text not null, embedding vector(3) not null);
                create index on notes using hnsw (embedding vector_cosine_ops);
                """, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        },
    };
}

/// <summary>Every test has a clean schema to itself, whatever others did or do at the same time.</summary>
public class NotesTests(NotesDatabases databases) : DatabaseTest(databases)
{
    [Theory]
    [InlineData("tomatoes")]
    [InlineData("potatoes")]
    public async Task The_nearest_note_is_found(string body)
    {
        var cancellationToken = TestContext.Current.CancellationToken;

        await using var insert = Db.DataSource.CreateCommand("insert into notes (body, embedding) values ($1, '[1, 2, 3]') returning id");
        insert.Parameters.AddWithValue(body);
        Assert.Equal(1, await insert.ExecuteScalarAsync(cancellationToken));

        await using var nearest = Db.DataSource.CreateCommand("select body from notes order by embedding <=> '[1, 2, 2]' limit 1");
        Assert.Equal(body, await nearest.ExecuteScalarAsync(cancellationToken));
    }
}
