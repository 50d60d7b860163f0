using System.Text.Json;
using Agent.Memory;
using Agent.Tests.Hosting;
using Agent.Tools;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Tools;

public class ToolLoopTests
{
    static readonly string[] Skills = ["c#", "SQL"];
    static readonly string[] Technologies = ["brass"];

    readonly WorkingMemory memory = new(new Profile { Skills = ["C#"] });

    async Task<ToolLoop> RunAsync(ScriptedChat chat, int maxSteps = 8)
    {
        var loop = new ToolLoop(chat, maxSteps);
        await loop.RunAsync([new(ChatRole.User, "hello")], new(new ProfileTools(memory, new OwnWords([], [])).All), SilentObserver.Instance,
            TestContext.Current.CancellationToken);
        return loop;
    }

    /// <summary>What the model was told of its calls.</summary>
    static List<string> Results(ScriptedChat chat)
        => [.. chat.Requests[^1].SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => ((JsonElement)r.Result!).GetRawText())];

    [Fact]
    public async Task A_valid_call_changes_the_profile_and_returns_it()
    {
        var chat = ScriptedChat.Calling("update_profile", ("name", "Ada"), ("skills", Skills), ("years_of_experience", 5));
        var loop = await RunAsync(chat);
        Assert.Equal("Done.", loop.Text);
        Assert.Equal(("Ada", 5d), (memory.Current.Name, memory.Current.YearsOfExperience));
        // Skills merge whatever their case.
        Assert.Equal(["C#", "SQL"], memory.Current.Skills);
        Assert.Contains("\"name\":\"Ada\"", Results(chat)[0]);
    }

    [Fact]
    public async Task All_calls_of_one_answer_are_run_and_each_result_names_its_call()
    {
        var chat = new ScriptedChat((request, _) => request == 1
            ? [ScriptedChat.Call("update_profile", ("name", "Ada")), ScriptedChat.Call("add_project", ("name", "Engine"), ("technologies", Technologies)), ScriptedChat.Call("read_profile")]
            : [new TextContent("ok")]);
        await RunAsync(chat);
        var calls = chat.Requests[^1].SelectMany(m => m.Contents).OfType<FunctionCallContent>().Select(c => c.CallId);
        var results = chat.Requests[^1].SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => r.CallId);
        Assert.Equal(calls, results);
        Assert.Equal("Engine", Assert.Single(memory.Current.Projects).Name);
    }

    [Fact]
    public async Task A_bad_call_goes_back_as_an_error_and_the_turn_goes_on()
    {
        var chat = ScriptedChat.Calling("update_profile", ("name", 42));
        var loop = await RunAsync(chat);
        Assert.Equal("Done.", loop.Text);
        Assert.Contains("$.name must be of type string", JsonElement.Parse(Results(chat)[0]).GetProperty("error").GetString());
        Assert.False(memory.HasChanges);
    }

    [Fact]
    public async Task An_unknown_tool_is_survived()
    {
        var chat = ScriptedChat.Calling("drop_all_tables");
        Assert.Equal("Done.", (await RunAsync(chat)).Text);
        Assert.Contains("no tool 'drop_all_tables'", JsonElement.Parse(Results(chat)[0]).GetProperty("error").GetString());
    }

    [Fact]
    public async Task Malformed_arguments_are_survived()
    {
        var chat = new ScriptedChat((request, _) => request == 1
            ? [new FunctionCallContent("1", "update_profile") { Exception = new JsonException("broken") }]
            : [new TextContent("sorry")]);
        Assert.Equal("sorry", (await RunAsync(chat)).Text);
        Assert.Contains("not valid JSON", Results(chat)[0]);
    }

    [Fact]
    public async Task Half_a_character_in_the_arguments_or_in_the_reply_is_survived()
    {
        var chat = new ScriptedChat((request, _) => request == 1
            ? [ScriptedChat.Call("update_profile", ("name", JsonElement.Parse("\"half \\ud83d\"")))]
            : [new TextContent("a \ud83d b")]);
        var loop = await RunAsync(chat);
        Assert.Contains("error", Results(chat)[0], StringComparison.Ordinal);
        Assert.False(memory.HasChanges);
        Assert.Equal("a \ufffd b", loop.Text);
    }

    [Fact]
    public async Task Onboarding_is_refused_while_something_is_missing()
    {
        var chat = ScriptedChat.Calling("complete_onboarding");
        await RunAsync(chat);
        Assert.Contains("name, current_role, goals", Results(chat)[0]);
        memory.Edit(p => p with { Name = "Ada", CurrentRole = "Developer", Goals = ["ML"] });
        await RunAsync(ScriptedChat.Calling("complete_onboarding"));
        Assert.True(memory.Current.OnboardingCompleted);
    }

    [Fact]
    public async Task A_model_that_never_stops_calling_is_stopped_and_its_last_step_is_offered_no_tools()
    {
        var chat = new ScriptedChat((_, _) => [ScriptedChat.Call("read_profile")]);
        var loop = await RunAsync(chat, maxSteps: 3);
        Assert.Equal(3, chat.Requests.Count);
        Assert.Equal(4, chat.Options[0]!.Tools!.Count);
        Assert.Null(chat.Options[2]!.Tools);
        Assert.Equal("steps", loop.FinishReason);
        Assert.NotEqual("", loop.Text);
    }

    [Fact]
    public async Task An_empty_answer_does_not_reach_the_person_as_nothing()
        => Assert.NotEqual("", (await RunAsync(new ScriptedChat((_, _) => []))).Text);

    [Fact]
    public async Task Usage_of_all_steps_is_added_up()
    {
        var chat = new ScriptedChat((request, _) =>
            [request == 1 ? ScriptedChat.Call("read_profile") : new TextContent("x"), new UsageContent(new() { InputTokenCount = 10, OutputTokenCount = 1 })]);
        var loop = await RunAsync(chat);
        Assert.Equal((20, 2), (loop.Usage!.InputTokenCount, loop.Usage.OutputTokenCount));
    }
}
