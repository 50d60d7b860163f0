using Agent.Models.Scripted;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Models;

public class ScriptedChatClientTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_are_taken_in_order_and_what_was_sent_is_recorded()
    {
        using var model = new ScriptedChatClient().Calls("update_profile", new() { ["name"] = "Ada" }).Says("Hel", "lo");
        var first = await model.GetResponseAsync([new(ChatRole.User, "I'm Ada")], cancellationToken: Cancellation);
        Assert.Equal("update_profile", Assert.IsType<FunctionCallContent>(Assert.Single(first.Messages).Contents[0]).Name);
        Assert.Equal(ChatFinishReason.ToolCalls, first.FinishReason);
        var second = await model.GetStreamingResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation).ToListAsync(Cancellation);
        Assert.Equal(["Hel", "lo"], second.Select(u => u.Text).Where(t => t.Length > 0));
        Assert.Equal(ChatFinishReason.Stop, second[^1].FinishReason);
        Assert.Equal(15, second.ToChatResponse().Usage?.TotalTokenCount);
        Assert.Equal(["I'm Ada", "hi"], model.Requests.Select(r => r.Messages[^1].Text));
        Assert.Equal(0, model.Remaining);
    }

    [Fact]
    public async Task A_call_beyond_the_script_says_what_to_add()
    {
        using var model = new ScriptedChatClient();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => model.GetResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation));
        Assert.Contains("Says(", error.Message);
        Assert.Equal("fine", (await model.Otherwise("fine").GetResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation)).Text);
    }

    [Fact]
    public async Task A_failure_comes_after_its_pieces()
    {
        using var model = new ScriptedChatClient().Fails(new IOException("cut"), "half");
        var text = "";
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var update in model.GetStreamingResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation))
                text += update.Text;
        });
        Assert.Equal("half", text);
    }
}
