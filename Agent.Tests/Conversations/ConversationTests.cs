using System.Text.Json;
using Agent.Http;
using Agent.Memory;
using Agent.Tests.Hosting;

namespace Agent.Tests.Conversations;

/// <summary>Plays every written conversation through the HTTP API, each on a schema of its own.</summary>
public class ConversationTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    public static TheoryData<string> All => [.. Conversation.Names];

    [Theory, MemberData(nameof(All))]
    public async Task Leads_to_its_profile_and_recalls(string name)
    {
        var conversation = Conversation.Load(name);
        var user = await MakeUserAsync();
        var threads = new Dictionary<string, Guid>();
        foreach (var turn in conversation.Turns)
        {
            if (!threads.TryGetValue(turn.Thread, out var thread))
                threads[turn.Thread] = thread = await user.Client.MakeThreadAsync(turn.Thread);
            var reply = await user.Client.SayAsync(thread, turn.Say);
            foreach (var words in turn.Recalls ?? [])
                Assert.True(reply.Recalled.Any(r => Contains(r.Text, words)), $"'{turn.Say}' did not recall '{words}' but: {string.Join(" | ", reply.Recalled.Select(r => r.Text))}");
            foreach (var words in turn.Answers ?? [])
                Assert.True(Contains(reply.Reply, words), $"'{turn.Say}' was not answered with '{words}' but: {reply.Reply}");
        }

        var profile = JsonSerializer.SerializeToElement((await user.Client.GetAsync<ProfileAnswer>("/api/profile")).Profile, AgentJson.Options);
        foreach (var field in conversation.Profile.EnumerateObject())
            Expected.Check(field.Name, field.Value, profile);
        foreach (var word in conversation.Never ?? [])
            Assert.False(Expected.HasWord(profile, word), $"'{word}' is no fact about them, but is in {profile}");
    }

    [Fact]
    public void There_are_at_least_twenty_of_several_turns()
    {
        var all = Conversation.Names.Select(Conversation.Load).ToList();
        Assert.True(all.Count >= 20, $"{all.Count} conversations");
        Assert.All(all, c => Assert.True(c.Turns.Count >= 2, c.About));
        Assert.True(all.Count(c => c.Turns.Any(t => t.Recalls is { Count: > 0 })) >= 15);
    }

    static bool Contains(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
}
