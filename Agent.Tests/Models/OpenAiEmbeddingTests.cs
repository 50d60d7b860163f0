using Agent.Models.OpenAi;
using static Agent.Tests.Models.FakeEndpoint;

namespace Agent.Tests.Models;

public class OpenAiEmbeddingTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static string Answer(params float[][] vectors)
    {
        // The SDK asks for base64 and takes lists of numbers too, which other endpoints send.
        var data = vectors.Select((v, i) => $$$"""{"object":"embedding","index":{{{i}}},"embedding":"{{{Convert.ToBase64String(v.SelectMany(BitConverter.GetBytes).ToArray())}}}"}""").Reverse();
        return $$$"""{"object":"list","data":[{{{string.Join(',', data)}}}],"model":"text-embedding-3-small","usage":{"prompt_tokens":4,"total_tokens":4}}""";
    }

    [Fact]
    public async Task Vectors_come_in_the_order_of_the_texts_with_usage()
    {
        await using var endpoint = await StartAsync(JsonAnswer(Answer([1, 0], [0, 1])));
        using var embeddings = OpenAiModels.CreateEmbeddings(endpoint.Options with { Dimensions = 2 });
        var result = await embeddings.GenerateAsync(["a", "b"], cancellationToken: Cancellation);
        Assert.Equal([1f, 0f], result[0].Vector.ToArray());
        Assert.Equal([0f, 1f], result[1].Vector.ToArray());
        Assert.Equal(4, result.Usage!.InputTokenCount);
        Assert.Equal("text-embedding-3-small", result[0].ModelId);
        Assert.Equal(2, endpoint.Requests[0].Body.GetProperty("dimensions").GetInt32());
    }

    [Fact]
    public async Task Another_length_than_configured_is_a_clear_error()
    {
        await using var endpoint = await StartAsync(JsonAnswer(Answer([1, 0, 0])));
        using var embeddings = OpenAiModels.CreateEmbeddings(endpoint.Options with { EmbeddingModel = "other", Dimensions = 2 });
        var error = await Assert.ThrowsAsync<AgentException>(() => embeddings.GenerateAsync(["a"], cancellationToken: Cancellation));
        Assert.Contains("OpenAI:Dimensions", error.Message);
        Assert.False(endpoint.Requests[0].Body.TryGetProperty("dimensions", out _));
    }

    [Fact]
    public async Task Errors_are_told_as_those_of_the_chat()
    {
        await using var endpoint = await StartAsync(Error(401));
        using var embeddings = OpenAiModels.CreateEmbeddings(endpoint.Options);
        Assert.Contains("OpenAI:ApiKey", (await Assert.ThrowsAsync<AgentException>(() => embeddings.GenerateAsync(["a"], cancellationToken: Cancellation))).Message);
    }
}
