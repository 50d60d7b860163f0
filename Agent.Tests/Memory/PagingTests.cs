using System.Net;
using Agent.Http;
using Agent.Tests.Hosting;

namespace Agent.Tests.Memory;

public class PagingTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public async Task Messages_of_one_moment_keep_their_order_and_none_is_lost_or_doubled(int limit)
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        // Three moments of ten messages each.
        await using (var command = Db.DataSource.CreateCommand("""
            insert into messages (user_id, thread_id, role, content, created_at)
            select $1, $2, 'user', i::text, timestamptz '2026-01-01' + (i / 10) * interval '1 microsecond' from generate_series(0, 29) i
            """))
        {
            command.Parameters.Add(new() { Value = ada.UserId });
            command.Parameters.Add(new() { Value = thread });
            await command.ExecuteNonQueryAsync(Cancellation);
        }
        var read = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ada.Client.GetAsync<MessagePage>(
                $"/api/threads/{thread}/messages?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            read.InsertRange(0, page.Messages.Select(m => m.Text));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{i}"), read);
    }

    [Fact]
    public async Task A_page_stays_the_same_page_while_new_messages_come()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        for (var i = 0; i < 3; i++)
            await ada.Client.SayAsync(thread, $"message {i}");
        var newest = await ada.Client.GetAsync<MessagePage>($"/api/threads/{thread}/messages?limit=2");
        await ada.Client.SayAsync(thread, "one more");
        var next = await ada.Client.GetAsync<MessagePage>($"/api/threads/{thread}/messages?limit=2&cursor={newest.NextCursor}");
        Assert.Equal(["message 1", "message 2"], new[] { next.Messages[0].Text, newest.Messages[0].Text });
    }

    [Fact]
    public async Task Threads_are_paged_newest_first()
    {
        var ada = await MakeUserAsync();
        var made = new List<Guid>();
        for (var i = 0; i < 5; i++)
            made.Insert(0, await ada.Client.MakeThreadAsync($"thread {i}"));
        var first = await ada.Client.GetAsync<ThreadPage>("/api/threads?limit=3");
        var second = await ada.Client.GetAsync<ThreadPage>($"/api/threads?limit=3&cursor={first.NextCursor}");
        Assert.Equal(made, first.Threads.Concat(second.Threads).Select(t => t.ThreadId));
        Assert.Null(second.NextCursor);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("OTk5OTk5OTk5OTk5OTk5OTk5OTk6MQ")]
    [InlineData("Jw")]
    [InlineData("-1 0")]
    [InlineData("日本語")]
    [InlineData("====")]
    [InlineData("\u202E")]
    [InlineData("AAAA")]
    public async Task A_cursor_that_nobody_gave_is_refused(string cursor)
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        foreach (var path in (string[])["/api/threads", $"/api/threads/{thread}/messages"])
            await (await ada.Client.GetAsync($"{path}?cursor={Uri.EscapeDataString(cursor)}", Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
    }
}
