using Agent.Memory;
using Agent.Tests.Hosting;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Memory;

public class HistoryTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static List<string> HistoryOf(ScriptedChat chat) => [.. chat.Requests[^1].Where(m => m.Role != ChatRole.System).Select(m => m.Text)];

    [Fact]
    public async Task The_model_is_given_the_last_ten_messages()
    {
        var (user, thread) = await MakeThreadAsync();
        var chat = ScriptedChat.Saying("ok");
        var agent = MakeAgent(chat);
        for (var i = 0; i < 8; i++)
            await agent.ProcessAsync($"message {i}", user, thread, Cancellation);
        Assert.Equal(["message 2", "ok", "message 3", "ok", "message 4", "ok", "message 5", "ok", "message 6", "ok", "message 7"], HistoryOf(chat));
    }

    [Fact]
    public void The_oldest_messages_give_way_to_the_budget_but_never_the_newest()
    {
        StoredMessage Message(int id, int length) => new(id, "user", new('x', length), DateTime.UnixEpoch);
        var options = new MemoryOptions { HistoryTokens = 300 };
        Assert.Equal([2L, 3], HistoryWindow.Of([Message(3, 400), Message(2, 400), Message(1, 1000)], options).Select(m => m.MessageId));
        Assert.Equal([3L], HistoryWindow.Of([Message(3, 40_000), Message(2, 4)], options).Select(m => m.MessageId));
    }

    [Fact]
    public async Task What_leaves_the_history_reaches_the_model_through_the_summary_of_the_thread()
    {
        var (user, thread) = await MakeThreadAsync();
        var chat = ScriptedChat.Saying("ok");
        var agent = MakeAgent(chat, new() { Memory = new() { TopK = 0, HistoryMessages = 4 } });
        await agent.ProcessAsync("My dog is called Ringo.", user, thread, Cancellation);
        for (var i = 0; i < 12; i++)
            await agent.ProcessAsync($"message {i}", user, thread, Cancellation);
        Assert.DoesNotContain(HistoryOf(chat), text => text.Contains("Ringo", StringComparison.Ordinal));
        var summary = Assert.Single(chat.Requests[^1], m => m.Text.Contains("<thread_summary>", StringComparison.Ordinal));
        Assert.Contains("My dog is called Ringo.", summary.Text);
        // Every message is summarized once.
        Assert.Single(summary.Text.Split("message 0\\n")[1..]);
    }

    [Fact]
    public void A_summary_stays_short_and_keeps_the_newest()
    {
        var messages = Enumerable.Range(0, 200).Select(i => new StoredMessage(i, "user", $"fact {i} {new string('x', 300)}", DateTime.UnixEpoch)).ToList();
        var summary = ThreadSummary.Extract("old line", messages);
        Assert.InRange(summary.Length, 1000, 2000);
        Assert.Contains("fact 199", summary);
        Assert.DoesNotContain("old line", summary);
    }

    [Fact]
    public async Task A_models_summary_is_cut_at_a_whole_character_and_holds_no_NUL()
    {
        var (user, thread) = await MakeThreadAsync();
        // The pair stands across the limit of 2,000.
        var chat = new ScriptedChat((_, messages) => [new TextContent(messages[0].Text.StartsWith("Summarize", StringComparison.Ordinal)
            ? $"\0{new string('x', 1999)}\U0001F600 and more" : "ok")]);
        var agent = Agent.CareerAgent.Create(Database, chat, new Agent.Models.Embeddings.HashedEmbeddingGenerator(),
            Agent.Models.ModelInfo.Offline with { IsOffline = false }, new() { Memory = new() { TopK = 0, HistoryMessages = 4 } });
        for (var i = 0; i < 9; i++)
            await agent.ProcessAsync($"message {i}", user, thread, Cancellation);
        Assert.Equal(new string('x', 1999), await ScalarAsync<string>("select summary from thread_summaries"));
    }
}
