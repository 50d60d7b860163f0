using System.Net;
using Agent.Tests.Hosting;

namespace Agent.Tests.Security;

public class ForgetTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    [Fact]
    public async Task A_user_who_leaves_leaves_no_trace_in_any_column_of_any_table()
    {
        var (ada, bob) = (await MakeUserAsync("ada.leaves@example.org"), await MakeUserAsync());
        foreach (var user in new[] { ada, bob })
        {
            var thread = await user.Client.MakeThreadAsync("Plans of the xylophonist");
            for (var i = 0; i < 12; i++)
                await user.Client.SayAsync(thread, $"I'm Quintessa, a xylophonist with {i + 1} years of C#, I want to move into machine learning", $"key-{i}");
        }
        var bobs = await ScalarAsync<long>("select count(*) from messages where user_id = $1", bob.UserId);
        Assert.Equal(HttpStatusCode.NoContent, (await ada.Client.DeleteAsync("/api/me", Cancellation)).StatusCode);

        await using (var connection = await Db.DataSource.OpenConnectionAsync(Cancellation))
        await using (var tables = new Npgsql.NpgsqlCommand("select quote_ident(tablename) from pg_tables where schemaname = current_schema()", connection))
        {
            var names = new List<string>();
            await using (var reader = await tables.ExecuteReaderAsync(Cancellation))
            {
                while (await reader.ReadAsync(Cancellation))
                    names.Add(reader.GetString(0));
            }
            Assert.True(names.Count >= 12);
            foreach (var name in names)
            {
                Assert.Equal(0L, await ScalarAsync<long>($"select count(*) from {name} t where t::text like '%' || $1 || '%'", ada.UserId.ToString()));
                Assert.Equal(0L, await ScalarAsync<long>($"select count(*) from {name} t where t::text like '%ada.leaves%'"));
            }
        }
        await (await ada.Client.GetAsync("/api/me", Cancellation)).ShouldBeProblemAsync(HttpStatusCode.Unauthorized);
        // Bob is as he was.
        Assert.Equal(24, bobs);
        Assert.Equal(bobs, await ScalarAsync<long>("select count(*) from messages"));
        Assert.Equal(bobs, await ScalarAsync<long>("select count(*) from vectors"));
        await MakeUserAsync("ada.leaves@example.org");
    }

    [Fact]
    public async Task A_deleted_thread_takes_its_messages_and_vectors_along()
    {
        var ada = await MakeUserAsync();
        var (gone, kept) = (await ada.Client.MakeThreadAsync(), await ada.Client.MakeThreadAsync());
        await ada.Client.SayAsync(gone, "hello");
        await ada.Client.SayAsync(kept, "hello");
        Assert.Equal(HttpStatusCode.NoContent, (await ada.Client.DeleteAsync($"/api/threads/{gone}", Cancellation)).StatusCode);
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from messages"));
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from vectors where thread_id = $1", kept));
    }
}
