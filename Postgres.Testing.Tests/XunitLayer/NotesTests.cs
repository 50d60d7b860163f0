using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.XunitLayer;

public class NotesTests(NotesDatabases databases) : DatabaseTest(databases)
{
    [Theory, InlineData("first"), InlineData("second")]
    public async Task A_note_is_found_by_its_vector(string body)
    {
        var token = TestContext.Current.CancellationToken;
        await using var insert = Db.DataSource.CreateCommand("insert into notes (body, embedding) values ($1, '[1,2,3]') returning id");
        insert.Parameters.AddWithValue(body);
        Assert.Equal(1, await insert.ExecuteScalarAsync(token)); // whatever other tests did, this one's ids begin at 1

        await using var nearest = Db.DataSource.CreateCommand("select body from notes order by embedding <-> '[1,2,2]' limit 1");
        Assert.Equal(body, await nearest.ExecuteScalarAsync(token));
    }
}
