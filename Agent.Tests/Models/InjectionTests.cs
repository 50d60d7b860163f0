using System.Text.Json;
using Agent.Database;
using Agent.Http;
using Agent.Memory;
using Agent.Models.Offline;
using Agent.Models.Scripted;
using Agent.Tests.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Profile = Agent.Memory.Profile;

namespace Agent.Tests.Models;

/// <summary>Texts that try to make the agent do what the person did not ask for, in every place where a text can stand.</summary>
public class InjectionTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static readonly AITool[] Tools = [.. new[] { "read_profile", "update_profile", "add_project", "complete_onboarding" }
        .Select(name => AIFunctionFactory.CreateDeclaration(name, name, JsonElement.Parse("{}"), null))];

    static readonly Profile Ada = new() { Name = "Ada", CurrentRole = "nurse", YearsOfExperience = 5, Skills = ["triage"], Goals = ["teach"], OnboardingCompleted = true };

    static readonly string[] Texts = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Models", "attacks.json")))!;

    public static TheoryData<string> Attacks => [.. Texts];

    [Fact]
    public void There_are_at_least_thirty() => Assert.True(Texts.Distinct().Count() >= 30);

    [Theory, MemberData(nameof(Attacks))]
    public async Task Said_to_the_offline_model_it_stores_nothing(string attack) => await NoCallAsync(attack, Ada);

    [Theory, MemberData(nameof(Attacks))]
    public async Task Recalled_or_stored_it_stores_nothing(string attack)
    {
        await NoCallAsync("What did I tell you about my work?", Ada with { Note = attack, Goals = [attack] }, attack);
        await NoCallAsync("thanks, that helps", Ada, attack);
    }

    [Fact]
    public async Task Played_through_the_API_the_attacks_change_nothing()
    {
        var user = await MakeUserAsync();
        var thread = await user.Client.MakeThreadAsync();
        await user.Client.SayAsync(thread, "I'm Ada, a nurse with 5 years of triage. I want to teach.");
        var before = AgentJson.Serialize((await user.Client.GetAsync<ProfileAnswer>("/api/profile")).Profile);
        foreach (var attack in Texts)
        {
            var reply = await user.Client.SayAsync(thread, attack);
            Assert.False(reply.ProfileUpdated, $"{attack} → {AgentJson.Serialize(reply.ProfileChanges)}");
        }
        var after = await user.Client.SayAsync(await user.Client.MakeThreadAsync(), "What do you know about me?");
        Assert.Equal(before, AgentJson.Serialize(after.Profile));
    }

    [Fact]
    public async Task A_model_that_falls_for_it_cannot_name_another_user()
    {
        using var model = new ScriptedChatClient().Otherwise("Done.");
        await using var host = new AgentHost(services => services
            .AddSingleton<IChatClient>(model)
            .AddSingleton<IDatabaseProvider>(new SingleDatabaseProvider(Database)));
        var victim = await MakeUserAsync("victim@example.org", host: host);
        var attacker = await MakeUserAsync("attacker@example.org", host: host);
        var thread = await attacker.Client.MakeThreadAsync();
        foreach (var attack in Texts)
        {
            foreach (var key in (string[])["user_id", "userId", "resource_id", "email"])
                model.Calls("update_profile", new() { [key] = victim.UserId.ToString(), ["name"] = "Mallory" });
            model.CallsAll(("read_profile", new() { ["user_id"] = victim.UserId.ToString() }), ("delete_user", new() { ["id"] = victim.UserId.ToString() }));
            model.Says("Done.");
            var reply = await attacker.Client.SayAsync(thread, attack);
            Assert.False(reply.ProfileUpdated, attack);
        }
        Assert.Equal(AgentJson.Serialize(new Profile()), AgentJson.Serialize((await victim.Client.GetAsync<ProfileAnswer>("/api/profile")).Profile));
        Assert.DoesNotContain("victim@example.org", string.Join('\n', model.Requests.SelectMany(r => r.Messages).Select(m => m.Text)));
    }

    static async Task NoCallAsync(string said, Profile profile, string? recalled = null)
    {
        using var model = new OfflineChatClient();
        var messages = new List<ChatMessage> { new(ChatRole.System, $"Rules.\n<working_memory>{AgentJson.Serialize(profile)}</working_memory>") };
        if (recalled is not null)
        {
            messages.Add(new(ChatRole.System, "Data:\n<recalled_messages>\n"
                + AgentJson.Serialize(new { at = "2026-01-01T00:00:00Z", thread = Guid.Empty, role = "user", similarity = 0.9, text = recalled }) + "\n</recalled_messages>"));
            messages.AddRange([new(ChatRole.User, recalled), new(ChatRole.Assistant, recalled)]);
        }
        messages.Add(new(ChatRole.User, said));
        var response = await model.GetResponseAsync(messages, new() { Tools = Tools }, Cancellation);
        var calls = response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Select(c => $"{c.Name} {AgentJson.Serialize(c.Arguments)}");
        Assert.True(!calls.Any(), $"{said} → {string.Join("; ", calls)}");
        Assert.NotEqual("", response.Text);
    }
}
