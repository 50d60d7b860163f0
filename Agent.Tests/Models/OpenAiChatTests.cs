using System.Text.Json;
using Agent.Models.OpenAi;
using Agent.Tools;
using Microsoft.Extensions.AI;
using static Agent.Tests.Models.FakeEndpoint;

namespace Agent.Tests.Models;

public class OpenAiChatTests
{
    static readonly AITool Tool = AIFunctionFactory.CreateDeclaration("update_profile", "Stores facts.",
        JsonElement.Parse("""{"type":"object","properties":{"name":{"type":"string"}},"additionalProperties":false}"""), null);

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Text_streams_as_it_comes_with_finish_reason_and_usage()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Text("Hel"), Text("lo"), Finish("stop"), Usage(12, 3)));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var updates = await chat.GetStreamingResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation).ToListAsync(Cancellation);
        Assert.Equal(["Hel", "lo"], updates.Select(u => u.Text).Where(t => t.Length > 0));
        var response = updates.ToChatResponse();
        Assert.Equal("Hello", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal((12, 3, 15), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount, response.Usage.TotalTokenCount));
        Assert.Equal("Bearer sk-test-1234567890", endpoint.Requests[0].Authorization);
        Assert.Equal("/v1/chat/completions", endpoint.Requests[0].Path);
        Assert.Equal("gpt-4o-mini", endpoint.Requests[0].Body.GetProperty("model").GetString());
        Assert.True(endpoint.Requests[0].Body.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
    }

    [Fact]
    public async Task Parallel_tool_calls_are_put_together_from_interleaved_deltas()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(
            Call(0, "call_a", "update_profile", ""), Call(1, "call_b", "add_project", """{"na"""),
            Call(0, null, null, """{"name":"""), Call(1, null, null, """me":"Slot"}"""), Call(0, null, null, "\"Ada\",\"skills\":[\"C#\"]}"), Finish("tool_calls")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var response = await chat.GetResponseAsync([new(ChatRole.User, "hi")], new() { Tools = [Tool] }, Cancellation);
        var calls = response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().ToList();
        Assert.Equal([("call_a", "update_profile"), ("call_b", "add_project")], calls.Select(c => (c.CallId, c.Name)));
        Assert.Equal("""{"name":"Ada","skills":["C#"]}""", JsonSerializer.Serialize(calls[0].Arguments));
        Assert.Equal("""{"name":"Slot"}""", JsonSerializer.Serialize(calls[1].Arguments));
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        var tool = endpoint.Requests[0].Body.GetProperty("tools")[0].GetProperty("function");
        Assert.Equal("update_profile", tool.GetProperty("name").GetString());
        Assert.False(tool.GetProperty("parameters").GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public async Task Calls_that_share_an_index_are_told_apart_by_their_ids()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(
            Call(0, "call_a", "update_profile", """{"name":"""), Call(0, "call_a", null, "\"Ada\"}"), Call(0, "call_b", "add_project", """{"na"""), Call(0, null, null, """me":"Slot"}"""), Finish("tool_calls")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var response = await chat.GetResponseAsync([new(ChatRole.User, "hi")], new() { Tools = [Tool] }, Cancellation);
        var calls = response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().ToList();
        Assert.Equal([("call_a", "update_profile", """{"name":"Ada"}"""), ("call_b", "add_project", """{"name":"Slot"}""")],
            calls.Select(c => (c.CallId, c.Name, JsonSerializer.Serialize(c.Arguments))));
    }

    [Fact]
    public async Task Malformed_arguments_come_as_a_call_with_its_exception()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Call(0, "call_a", "update_profile", """{"name": oops"""), Finish("tool_calls")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var response = await chat.GetResponseAsync([new(ChatRole.User, "hi")], new() { Tools = [Tool] }, Cancellation);
        var call = Assert.Single(response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());
        Assert.NotNull(call.Exception);
    }

    [Fact]
    public async Task Half_a_character_in_the_arguments_comes_as_a_call_with_its_exception_and_can_be_sent_back()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Call(0, "call_a", "update_profile", """{"name":"half \ud800"}"""), Finish("tool_calls")),
            FakeEndpoint.Stream(Text("ok"), Finish("stop")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var response = await chat.GetResponseAsync([new(ChatRole.User, "hi")], new() { Tools = [Tool] }, Cancellation);
        var call = Assert.Single(response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());
        Assert.NotNull(call.Exception);
        var next = await chat.GetResponseAsync([new(ChatRole.User, "hi"), .. response.Messages, new(ChatRole.Tool, [new FunctionResultContent("call_a", "no")])], cancellationToken: Cancellation);
        Assert.Equal("ok", next.Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_call_without_a_name_can_be_told_of(string? name)
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Call(0, "call_a", name, "{}"), Finish("tool_calls")), FakeEndpoint.Stream(Text("ok"), Finish("stop")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var loop = new ToolLoop(chat, 3);
        await loop.RunAsync([new(ChatRole.User, "hi")], new([]), SilentObserver.Instance, Cancellation);
        Assert.Equal("ok", loop.Text);
        Assert.Contains("There is no tool", endpoint.Requests[1].Body.GetProperty("messages")[2].GetProperty("content").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alien")]
    [InlineData("")]
    public async Task An_answer_that_ends_with_an_unknown_reason_is_whole(string reason)
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Text("Say \"finish_reason\": \"alien\" — ü"), Text("!", reason), Usage(1, 2)));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var response = await chat.GetResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation);
        Assert.Equal("Say \"finish_reason\": \"alien\" — ü!", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(3, response.Usage!.TotalTokenCount);
    }

    [Fact]
    public async Task A_reason_with_every_piece_does_not_cut_a_call()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Text("So", ""), Call(0, "call_a", "update_profile", """{"na"""), Text("", ""), Call(0, null, null, """me":"Ada"}"""), Finish("tool_calls")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var response = await chat.GetResponseAsync([new(ChatRole.User, "hi")], new() { Tools = [Tool] }, Cancellation);
        var call = Assert.Single(response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());
        Assert.Equal("""{"name":"Ada"}""", JsonSerializer.Serialize(call.Arguments));
        Assert.Equal((ChatFinishReason.ToolCalls, "So"), (response.FinishReason, response.Text));
    }

    [Fact]
    public async Task Calls_and_results_of_earlier_steps_are_sent_back_in_the_protocols_words()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Text("ok"), Finish("stop")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        await chat.GetResponseAsync(
        [
            new(ChatRole.System, "rules"), new(ChatRole.User, "I'm Ada"),
            new(ChatRole.Assistant, [new FunctionCallContent("call_a", "update_profile", new Dictionary<string, object?> { ["name"] = "Ada" })]),
            new(ChatRole.Tool, [new FunctionResultContent("call_a", JsonElement.Parse("""{"name":"Ada"}"""))]),
        ], cancellationToken: Cancellation);
        var messages = endpoint.Requests[0].Body.GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(["system", "user", "assistant", "tool"], messages.Select(m => m.GetProperty("role").GetString()));
        Assert.Equal("""{"name":"Ada"}""", messages[2].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("call_a", messages[3].GetProperty("tool_call_id").GetString());
    }

    [Theory]
    [InlineData("length")]
    [InlineData("content_filter")]
    public async Task Finish_reasons_are_kept(string reason)
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Text("half"), Finish(reason)));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var response = await chat.GetResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation);
        Assert.Equal(reason, response.FinishReason?.Value);
    }

    [Fact]
    public async Task A_cancelled_call_ends_as_cancelled()
    {
        await using var endpoint = await StartAsync(Silent(Text("so")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in chat.GetStreamingResponseAsync([new(ChatRole.User, "hi")], cancellationToken: cancel.Token))
                await cancel.CancelAsync();
        });
    }
}
