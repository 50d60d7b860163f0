using Agent.Http;
using Agent.Memory;
using Agent.Tests.Hosting;

namespace Agent.Tests.Memory;

/// <summary>Turns through the HTTP API with the offline model. Run again on partitioned tables and on two replicas.</summary>
public class TurnTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    const string Introduction = "I'm Ada, a backend developer with 5 years of C#, I want to move into machine learning";

    [Fact]
    public async Task A_message_is_answered_and_both_are_stored()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        var reply = await ada.Client.SayAsync(thread, Introduction);
        Assert.NotEqual("", reply.Reply);
        Assert.Equal(thread, reply.ThreadId);
        Assert.True(reply.Model.Offline);
        var page = await ada.Client.GetAsync<MessagePage>($"/api/threads/{thread}/messages");
        Assert.Equal(["user", "assistant"], page.Messages.Select(m => m.Role));
        Assert.Equal((Introduction, reply.Reply), (page.Messages[0].Text, page.Messages[1].Text));
        Assert.Equal(reply.MessageId, page.Messages[1].MessageId);
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from vectors"));
    }

    [Fact]
    public async Task What_a_person_says_of_themselves_fills_the_profile_in_the_same_turn()
    {
        var ada = await MakeUserAsync();
        var reply = await ada.Client.SayAsync(await ada.Client.MakeThreadAsync(), Introduction);
        Assert.True(reply.ProfileUpdated);
        var answer = await ada.Client.GetAsync<ProfileAnswer>("/api/profile");
        Assert.Equal(("Ada", 5d), (answer.Profile.Name, answer.Profile.YearsOfExperience));
        Assert.Contains("C#", answer.Profile.Skills);
        Assert.NotEmpty(answer.Profile.Goals);
        Assert.Equal(reply.Profile.Goals, answer.Profile.Goals);
        Assert.Equal("Ada", await ScalarAsync<string>("select username from profiles"));
    }

    [Fact]
    public async Task Another_thread_recalls_what_was_said()
    {
        var ada = await MakeUserAsync();
        var first = await ada.Client.MakeThreadAsync();
        await ada.Client.SayAsync(first, Introduction);
        var reply = await ada.Client.SayAsync(await ada.Client.MakeThreadAsync(), "what did I say I wanted to do?");
        var recalled = Assert.Single(reply.Recalled, r => r.Text == Introduction);
        Assert.Equal((first, "user"), (recalled.ThreadId, recalled.Role));
        Assert.InRange(recalled.Similarity, 0.01, 1);
        Assert.Contains("machine learning", reply.Reply, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Every_change_of_the_profile_names_the_message_that_it_came_from()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        await ada.Client.SayAsync(thread, Introduction);
        var history = (await ada.Client.GetAsync<ProfileHistory>("/api/profile/history?field=name")).Changes;
        var change = Assert.Single(history);
        Assert.Equal(("Ada", Introduction, thread), (change.New!.GetValue<string>(), change.Message, change.ThreadId));
        Assert.Null(change.Old);
    }

    [Fact]
    public async Task A_post_that_is_retried_answers_with_the_first_result()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        var first = await ada.Client.SayAsync(thread, Introduction, "key-1");
        var second = await ada.Client.SayAsync(thread, Introduction, "key-1");
        Assert.Equal(AgentJson.Serialize(first), AgentJson.Serialize(second));
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from messages"));
    }

    [Fact]
    public async Task Retries_that_run_at_once_make_one_turn()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ada.Client.SayAsync(thread, Introduction, "key-1")));
        Assert.Single(replies.Select(r => r.MessageId).Distinct());
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from messages"));
    }

    [Fact]
    public async Task Messages_posted_at_once_are_answered_one_after_the_other()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        var said = Enumerable.Range(1, 8).Select(i => $"I know language number {i}").ToList();
        var replies = await Task.WhenAll(said.Select(text => ada.Client.SayAsync(thread, text)));
        var messages = (await ada.Client.GetAsync<MessagePage>($"/api/threads/{thread}/messages?limit=100")).Messages;
        Assert.Equal(16, messages.Count);
        for (var i = 0; i < 16; i += 2)
        {
            // Each question is followed by its own answer.
            Assert.Equal(("user", "assistant"), (messages[i].Role, messages[i + 1].Role));
            Assert.Equal(messages[i + 1].MessageId, replies[said.IndexOf(messages[i].Text)].MessageId);
        }
    }

    [Fact]
    public async Task Turns_of_two_threads_at_once_lose_no_fact_of_either()
    {
        var ada = await MakeUserAsync();
        var skills = new[] { "Python", "Java", "Rust", "Go", "Kotlin", "PHP" };
        await Task.WhenAll(skills.Select(async skill => await ada.Client.SayAsync(await ada.Client.MakeThreadAsync(), $"I know {skill}.")));
        var profile = (await ada.Client.GetAsync<ProfileAnswer>("/api/profile")).Profile;
        Assert.Superset(skills.ToHashSet(StringComparer.OrdinalIgnoreCase), profile.Skills.ToHashSet(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Search_finds_what_was_said_in_all_threads_or_in_one()
    {
        var ada = await MakeUserAsync();
        var (cooking, sailing) = (await ada.Client.MakeThreadAsync(), await ada.Client.MakeThreadAsync());
        await ada.Client.SayAsync(cooking, "On Sundays I bake sourdough bread with my brother.");
        await ada.Client.SayAsync(sailing, "I sail a small wooden boat on the lake.");
        var everywhere = await ada.Client.GetAsync<SearchAnswer>("/api/memory/search?q=baking%20sourdough%20bread&topK=1");
        Assert.Equal(cooking, Assert.Single(everywhere.Results).ThreadId);
        var inSailing = await ada.Client.GetAsync<SearchAnswer>($"/api/memory/search?q=baking%20sourdough%20bread&scope=thread&threadId={sailing}");
        Assert.All(inSailing.Results, r => Assert.Equal(sailing, r.ThreadId));
        Assert.NotEmpty(inSailing.Results);
    }
}
