using Agent.Models.OpenAi;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using static Agent.Tests.Models.FakeEndpoint;

namespace Agent.Tests.Models;

public class OpenAiErrorTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static readonly Func<HttpContext, Task> Good = FakeEndpoint.Stream(Text("ok"), Finish("stop"));

    static async Task<ChatResponse> AskAsync(FakeEndpoint endpoint, Func<OpenAiOptions, OpenAiOptions>? change = null)
    {
        using var chat = OpenAiModels.CreateChat((change ?? (o => o))(endpoint.Options));
        return await chat.GetResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        await using var endpoint = await StartAsync(Error(status), Error(status), Good);
        Assert.Equal("ok", (await AskAsync(endpoint)).Text);
        Assert.Equal(3, endpoint.Requests.Count);
    }

    [Fact]
    public async Task Retry_After_is_waited_for()
    {
        await using var endpoint = await StartAsync(Error(429, retryAfter: "1"), Good);
        var start = TimeProvider.System.GetTimestamp();
        await AskAsync(endpoint);
        // A lower bound only: a busy machine can make it longer, never shorter.
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(0.95));
    }

    static Func<HttpContext, Task> Busy(string header, string value) => context =>
    {
        context.Response.Headers[header] = value;
        return Error(429)(context);
    };

    [Theory]
    [InlineData("Retry-After", "NaN")]
    [InlineData("Retry-After", "Infinity")]
    [InlineData("retry-after-ms", "NaN")]
    [InlineData("retry-after-ms", "-Infinity")]
    [InlineData("retry-after-ms", "-1e300")]
    public async Task A_wait_that_is_no_time_does_not_keep_it_from_trying_again(string header, string value)
    {
        await using var endpoint = await StartAsync(Busy(header, value), Good);
        Assert.Equal("ok", (await AskAsync(endpoint)).Text);
    }

    [Theory]
    [InlineData("Retry-After")]
    [InlineData("retry-after-ms")]
    public async Task A_wait_without_end_is_told_at_once(string header)
    {
        await using var endpoint = await StartAsync(Busy(header, "1e300"));
        Assert.Equal("The model is busy", (await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint))).Title);
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task A_longer_wait_than_allowed_is_told_at_once()
    {
        await using var endpoint = await StartAsync(Error(429, retryAfter: "3600"));
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint));
        Assert.Equal("The model is busy", error.Title);
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task Tries_have_an_end()
    {
        await using var endpoint = await StartAsync(Error(500));
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint));
        Assert.Equal(502, error.Status);
        Assert.Equal(3, endpoint.Requests.Count);
    }

    [Fact]
    public async Task A_wrong_key_is_not_tried_again_and_names_the_setting()
    {
        await using var endpoint = await StartAsync(Error(401, "invalid_api_key"));
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint));
        Assert.Contains("OpenAI:ApiKey", error.Message);
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task A_used_up_quota_is_not_tried_again()
    {
        await using var endpoint = await StartAsync(Error(429, "insufficient_quota"));
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint));
        Assert.Equal("The model's quota is used up", error.Title);
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task An_unknown_model_is_named()
    {
        await using var endpoint = await StartAsync(Error(404, "model_not_found"));
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint, o => o with { ChatModel = "gpt-nope" }));
        Assert.Contains("gpt-nope", error.Message);
    }

    [Fact]
    public async Task Neither_key_nor_the_endpoints_words_are_in_the_error()
    {
        await using var endpoint = await StartAsync(Error(401));
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint));
        Assert.DoesNotContain("sk-test", error.ToString());
        Assert.DoesNotContain("secret words", error.ToString());
        Assert.DoesNotContain("sk-test", endpoint.Options.ToString());
    }

    [Fact]
    public async Task A_cut_stream_is_an_error_after_what_came()
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var endpoint = await StartAsync(Cut(seen.Task, Text("half an ans")));
        using var chat = OpenAiModels.CreateChat(endpoint.Options);
        var text = "";
        var error = await Assert.ThrowsAsync<AgentException>(async () =>
        {
            await foreach (var update in chat.GetStreamingResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation))
            {
                text += update.Text;
                seen.TrySetResult();
            }
        });
        Assert.Equal("half an ans", text);
        Assert.Equal(502, error.Status);
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task A_stream_that_ends_without_a_finish_is_an_error()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream(Text("half")));
        Assert.Equal("The model's answer broke off", (await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint))).Title);
    }

    [Fact]
    public async Task Silence_is_ended()
    {
        await using var endpoint = await StartAsync(Silent(Text("so")));
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint, o => o with { TimeoutSeconds = 1, MaxRetries = 0 }));
        Assert.Equal(504, error.Status);
        Assert.Contains("OpenAI:TimeoutSeconds", error.Message);
    }

    [Fact]
    public async Task Another_protocol_is_told_as_such()
    {
        await using var endpoint = await StartAsync(FakeEndpoint.Stream("<html>not json</html>"));
        Assert.Contains("OpenAI:Endpoint", (await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint))).Message);
    }

    [Theory]
    [InlineData("text/html", "<html>Welcome</html>")]
    [InlineData("application/json", """{"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}""")]
    [InlineData("text/event-stream", "")]
    public async Task An_answer_without_an_event_is_told_as_another_protocol(string type, string body)
    {
        await using var endpoint = await StartAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        });
        var error = await Assert.ThrowsAsync<AgentException>(() => AskAsync(endpoint));
        Assert.Equal("The model answered nonsense", error.Title);
        Assert.Contains("it often ends in /v1", error.Message);
    }

    [Fact]
    public async Task Nobody_there_is_told_with_the_address()
    {
        var endpoint = await StartAsync(Good);
        var options = endpoint.Options with { MaxRetries = 0 };
        await endpoint.DisposeAsync();
        using var chat = OpenAiModels.CreateChat(options);
        var error = await Assert.ThrowsAsync<AgentException>(() => chat.GetResponseAsync([new(ChatRole.User, "hi")], cancellationToken: Cancellation));
        Assert.Equal("The model cannot be reached", error.Title);
        Assert.Contains(options.Endpoint!.Authority, error.Message);
    }
}
