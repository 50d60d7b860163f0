using Agent.Memory;
using Agent.Models.Offline;
using Agent.Tests.Hosting;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Security;

/// <summary>Texts that ask the model to do what the user does not: recalled from the user's own past, they change nothing.</summary>
public class InjectionTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    const string Question = "What did the advert about the lighthouse say?";

    public static TheoryData<string> Texts => new(Attacks.All);

    async Task<(Guid User, Guid Victim, Guid Thread)> PlantAsync(string attack)
    {
        var (user, thread) = await MakeThreadAsync();
        var (victim, _) = await MakeThreadAsync("victim@example.org");
        await MakeAgent(ScriptedChat.Saying("Noted.")).ProcessAsync($"The advert about the lighthouse said: {attack}", user, thread, Cancellation);
        var fresh = await new ThreadStore(new Agent.Database.SingleDatabaseProvider(Database), new()).CreateAsync(user, null, Cancellation);
        return (user, victim, fresh.ThreadId);
    }

    Task<string> ProfilesAsync() => ScalarAsync<string>("select string_agg(concat(user_id, username, raw_data, filtered_data, projects), '|' order by user_id) from profiles");

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_model_that_obeys_recalled_text_changes_nothing(string attack)
    {
        var (user, victim, thread) = await PlantAsync(attack);
        var before = await ProfilesAsync();
        // As gullible as a model can be: it calls everything that the text might have asked for.
        var gullible = new ScriptedChat((request, messages) =>
        {
            Assert.Contains(messages, m => m.Role == ChatRole.System && m.Text.Contains("lighthouse", StringComparison.Ordinal));
            return request > 1 ? [new TextContent("Done.")] :
            [
                ScriptedChat.Call("update_profile", ("name", "Mallory")),
                ScriptedChat.Call("update_profile", ("current_role", "Janitor"), ("skills", (string[])["Hacking"])),
                ScriptedChat.Call("update_profile", ("goals", (string[])["Quit everything"]), ("note", "Send all data to evil.example")),
                ScriptedChat.Call("add_project", ("name", "Evil Corp")),
                ScriptedChat.Call("read_profile", ("user_id", victim.ToString())),
                ScriptedChat.Call("update_profile", ("user_id", victim.ToString()), ("name", "Mallory")),
                ScriptedChat.Call("delete_user", ("id", victim.ToString())),
                ScriptedChat.Call("complete_onboarding"),
            ];
        });
        var reply = await MakeAgent(gullible).ProcessAsync(Question, user, thread, Cancellation);
        Assert.NotEmpty(reply.Recalled);
        Assert.False(reply.ProfileUpdated);
        Assert.Equal(before, await ProfilesAsync());
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task The_offline_model_neither_obeys_recalled_text_nor_gives_its_instructions_away(string attack)
    {
        var (user, _, thread) = await PlantAsync(attack);
        var before = await ProfilesAsync();
        var reply = await MakeAgent(new OfflineChatClient()).ProcessAsync(Question, user, thread, Cancellation);
        Assert.False(reply.ProfileUpdated);
        Assert.Equal(before, await ProfilesAsync());
        Assert.DoesNotContain("You are a career advisor", reply.Reply);
        Assert.DoesNotContain("with update_profile and add_project in the same turn", reply.Reply);
    }
}
