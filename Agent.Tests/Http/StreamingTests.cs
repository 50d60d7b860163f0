using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Agent.Memory;
using Agent.Tests.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Agent.Tests.Http;

public class StreamingTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static HttpRequestMessage Request(Guid thread, string message)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/threads/{thread}/messages") { Content = JsonContent.Create(new { message }) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        return request;
    }

    static List<(string Name, JsonElement Data)> Parse(string stream)
        => [.. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split('\n'))
            .Select(lines => (lines[0]["event: ".Length..], JsonElement.Parse(lines[1]["data: ".Length..])))];

    static AgentHost HostOf(IChatClient chat) => AgentHosts.Make(services => services.AddSingleton(chat));

    [Fact]
    public async Task A_turn_arrives_as_it_happens_and_ends_with_the_same_answer_as_JSON()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        using var response = await ada.Client.SendAsync(Request(thread, "I'm Ada, a backend developer with 5 years of C#."), Cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("recalled", events[0].Name);
        Assert.Equal("done", events[^1].Name);
        Assert.Contains(events, e => e.Name == "tool" && e.Data.GetProperty("name").GetString() == "update_profile" && e.Data.GetProperty("ok").GetBoolean());
        Assert.Equal("Ada", events.Single(e => e.Name == "profile").Data.GetProperty("profile").GetProperty("name").GetString());
        var done = events[^1].Data.Deserialize<AgentReply>(AgentJson.Options)!;
        Assert.Equal(done.Reply, string.Concat(events.Where(e => e.Name == "delta").Select(e => e.Data.GetProperty("text").GetString())));
        Assert.Equal(done.Reply, (await MessagesAsync(ada.UserId, thread))[1].Text);
    }

    [Fact]
    public async Task What_fails_before_the_stream_begins_is_a_plain_problem()
    {
        var ada = await MakeUserAsync();
        await (await ada.Client.SendAsync(Request(Guid.NewGuid(), "hello"), Cancellation)).ShouldBeProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_model_that_fails_in_the_middle_ends_the_stream_with_an_error_and_stores_no_half()
    {
        var chat = new ScriptedChat((_, _) => Half());
        static IEnumerable<AIContent> Half()
        {
            yield return new TextContent("Half of ");
            throw new HttpRequestException("secret detail");
        }

        await using var host = HostOf(chat);
        var ada = await MakeUserAsync(host: host);
        var thread = await ada.Client.MakeThreadAsync();
        using var response = await ada.Client.SendAsync(Request(thread, "hello"), Cancellation);
        var events = Parse(await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(["recalled", "delta", "error"], events.Select(e => e.Name));
        Assert.Equal(502, events[^1].Data.GetProperty("status").GetInt32());
        Assert.DoesNotContain("secret detail", events[^1].Data.GetRawText());
        Assert.Single(await MessagesAsync(ada.UserId, thread));
    }

    [Fact]
    public async Task A_stream_that_the_client_leaves_is_stored_as_what_was_sent()
    {
        var left = new TaskCompletionSource();
        var chat = new ScriptedChat((_, _) => [new TextContent("This was sent."), new TextContent(" This was not.")])
        {
            BeforePiece = async (piece, token) =>
            {
                if (piece is TextContent { Text: " This was not." })
                {
                    await left.Task;
                    await Task.Delay(Timeout.Infinite, token);
                }
            },
        };
        await using var host = HostOf(chat);
        var ada = await MakeUserAsync(host: host);
        var thread = await ada.Client.MakeThreadAsync();
        var response = await ada.Client.SendAsync(Request(thread, "hello"), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation)))
        {
            while (await reader.ReadLineAsync(Cancellation) is { } line && !line.Contains("This was sent.", StringComparison.Ordinal))
            {
            }
        }
        response.Dispose();
        left.SetResult();
        await WaitForAsync("select count(*) from messages where role = 'assistant'", 1);
        Assert.Equal("This was sent.", (await MessagesAsync(ada.UserId, thread))[1].Text);
        Assert.Equal("aborted", await ScalarAsync<string>("select metadata ->> 'finish_reason' from messages where role = 'assistant'"));
    }

    [Fact]
    public async Task A_client_that_leaves_with_the_last_word_it_read_finds_it_stored()
    {
        var (userId, thread) = await MakeThreadAsync();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MakeAgent(ScriptedChat.Saying("Read and gone."))
            .ProcessAsync(new("hello", userId, thread), new Leaver(leaving), leaving.Token));
        Assert.Equal("Read and gone.", (await MessagesAsync(userId, thread))[^1].Text);
    }
}
