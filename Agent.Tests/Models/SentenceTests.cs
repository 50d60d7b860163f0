using System.Text.Json;
using Agent.Models.Offline;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Models;

/// <summary>Single sentences, each with exactly the facts that the offline model stores of it.</summary>
public class SentenceTests
{
    static readonly JsonElement[] All = JsonSerializer.Deserialize<JsonElement[]>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Models", "sentences.json")))!;

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, All.Length)];

    [Theory, MemberData(nameof(Numbers))]
    public async Task Of_a_sentence_exactly_its_facts_are_stored(int number)
    {
        var stored = await OfflineModel.StoredAsync(All[number].GetProperty("say").GetString()!, new());
        Assert.True(JsonElement.DeepEquals(All[number].GetProperty("calls"), stored), $"{All[number].GetProperty("say")} → {stored}");
    }

    [Fact]
    public async Task The_same_sentence_said_again_stores_nothing()
        => Assert.Equal("{}", (await OfflineModel.StoredAsync("I'm Ada, a nurse from Leeds", new() { Name = "Ada", CurrentRole = "nurse", Location = "Leeds" })).GetRawText());

    [Fact]
    public async Task A_role_that_is_over_is_cleared()
        => Assert.Equal("""{"current_role":""}""", (await OfflineModel.StoredAsync("I'm not a designer any more", new() { CurrentRole = "graphic designer" })).GetRawText());

    [Fact]
    public async Task Streaming_gives_what_asking_at_once_gives()
    {
        using var model = new OfflineChatClient();
        ChatMessage[] messages = [new(ChatRole.User, "I'm Ada, a nurse")];
        var streamed = await model.GetStreamingResponseAsync(messages, null, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.True(streamed.Count > 3, "comes in one piece");
        Assert.Equal((await model.GetResponseAsync(messages, null, TestContext.Current.CancellationToken)).Text, streamed.ToChatResponse().Text);
    }
}
