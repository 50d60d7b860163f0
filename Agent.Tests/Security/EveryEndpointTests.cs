using System.Net;
using System.Net.Http.Json;
using System.Text;
using Agent.Http;
using Agent.Tests.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Agent.Tests.Security;

/// <summary>All endpoints of the running service, also those that are added tomorrow, against another user's ids.</summary>
public class EveryEndpointTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    const string Secret = "the submarine is painted turquoise";

    // What anyone may call, on purpose.
    static readonly HashSet<string> Open =
        ["POST /api/users", "POST /api/login", "GET /api/info", "GET /openapi/{documentName}.json", " /health", " /alive"];

    // What is tried below. A new endpoint fails the test until somebody has thought of what it is given of another user's.
    static readonly HashSet<string> Tried =
    [
        "GET /api/me", "DELETE /api/me", "GET /api/profile", "GET /api/profile/history", "POST /api/keys", "GET /api/keys", "DELETE /api/keys/{keyId}",
        "POST /api/threads", "GET /api/threads", "DELETE /api/threads/{threadId}", "GET /api/threads/{threadId}/messages", "POST /api/threads/{threadId}/messages",
        "GET /api/memory/search",
    ];

    static async Task<List<(string Method, string Route, RouteEndpoint Endpoint)>> EndpointsAsync()
    {
        await using var host = AgentHosts.Make();
        return [.. host.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [""])
                .Select(method => (method, "/" + e.RoutePattern.RawText!.TrimStart('/').Replace(":guid", "", StringComparison.Ordinal), e)))];
    }

    [Fact]
    public async Task No_endpoint_is_forgotten_here()
        => Assert.Equal(Open.Concat(Tried).Order(), (await EndpointsAsync()).Select(e => $"{e.Method} {e.Route}").Distinct().Order());

    [Fact]
    public async Task Every_endpoint_asks_for_a_key_but_the_few_that_are_open_on_purpose()
    {
        var (ada, bob) = (await MakeUserAsync(), await MakeUserAsync());
        var (expired, revoked) = (await MakeApiKeyAsync(ada, expiresInDays: 1), await MakeApiKeyAsync(ada));
        await ScalarAsync<Guid>("update api_keys set expires_at = now() - interval '1 second' where id = $1 returning id", expired.KeyId);
        (await ada.Client.DeleteAsync($"/api/keys/{revoked.KeyId}", Cancellation)).EnsureSuccessStatusCode();
        // None, nonsense, one that is over, one that was taken back, and one user's prefix with another's secret.
        foreach (var key in new[] { null, "nonsense", expired.ApiKey, revoked.ApiKey, ada.ApiKey[..16] + bob.ApiKey[16..] })
            await AskWithoutKeyAsync(key);
    }

    async Task AskWithoutKeyAsync(string? key)
    {
        using var client = MakeClient(key);
        var asked = 0;
        foreach (var (method, route, endpoint) in await EndpointsAsync())
        {
            if (Open.Contains($"{method} {route}"))
                continue;
            Assert.NotNull(endpoint.Metadata.GetMetadata<IAuthorizeData>());
            using var request = new HttpRequestMessage(new(method), route.Replace("{threadId}", $"{Guid.NewGuid()}").Replace("{keyId}", $"{Guid.NewGuid()}"));
            if (method is "POST" or "PUT" or "PATCH")
                request.Content = JsonContent.Create(new { message = "hello" });
            await (await client.SendAsync(request, Cancellation)).ShouldBeProblemAsync(HttpStatusCode.Unauthorized);
            asked++;
        }
        Assert.True(asked >= 13, $"Only {asked} endpoints were found: the enumeration is broken.");
    }

    [Fact]
    public async Task No_endpoint_gives_one_user_anything_of_another()
    {
        var (ada, mallory) = (await MakeUserAsync(), await MakeUserAsync());
        var thread = await ada.Client.MakeThreadAsync("Turquoise plans");
        await ada.Client.SayAsync(thread, $"I'm Ada and {Secret}.", "ada-key");
        await ada.Client.SayAsync(thread, "Remember that.");
        var key = await MakeApiKeyAsync(ada);
        var cursor = (await ada.Client.GetAsync<MessagePage>($"/api/threads/{thread}/messages?limit=1")).NextCursor!;
        await ada.Client.MakeThreadAsync();
        var threadCursor = (await ada.Client.GetAsync<ThreadPage>("/api/threads?limit=1")).NextCursor!;
        await mallory.Client.SayAsync(await mallory.Client.MakeThreadAsync(), "hello");
        var before = await SnapshotAsync(ada.UserId);

        foreach (var (method, route, _) in await EndpointsAsync())
        {
            if (Open.Contains($"{method} {route}") || (method, route) == ("DELETE", "/api/me"))
                continue;
            foreach (var query in new[] { "", $"?cursor={cursor}", $"?cursor={threadCursor}", $"?threadId={thread}&q=submarine&scope=thread", $"?q=submarine%20turquoise&topK=50", $"?userId={ada.UserId}&user_id={ada.UserId}" })
            {
                var path = route.Replace("{threadId}", $"{thread}").Replace("{keyId}", $"{key.KeyId}");
                Assert.DoesNotContain('{', path);
                using var request = new HttpRequestMessage(new(method), path + query);
                request.Headers.Add("X-User-Id", ada.UserId.ToString());
                request.Headers.Add("Idempotency-Key", "ada-key");
                if (method is "POST" or "PUT" or "PATCH")
                    request.Content = JsonContent.Create(new { message = $"I'm Ada and {Secret}.".Replace(Secret, "x"), userId = ada.UserId, user_id = ada.UserId, threadId = thread, title = "t" });
                using var response = await mallory.Client.SendAsync(request, Cancellation);
                var body = await response.Content.ReadAsStringAsync(Cancellation);
                var what = $"{method} {path}{query}: {(int)response.StatusCode} {body}";
                Assert.False((int)response.StatusCode >= 500, what);
                Assert.False(body.Contains("submarine", StringComparison.OrdinalIgnoreCase) || body.Contains("Turquoise plans", StringComparison.Ordinal), what);
                Assert.False(body.Contains(ada.UserId.ToString(), StringComparison.OrdinalIgnoreCase) || body.Contains(ada.Email, StringComparison.OrdinalIgnoreCase), what);
                // An id in the path is as unknown as one that does not exist.
                if (route.Contains('{'))
                    Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest, what);
            }
        }
        Assert.Equal(before, await SnapshotAsync(ada.UserId));
        Assert.Equal(HttpStatusCode.OK, (await MakeClient(key.ApiKey).GetAsync("/api/me", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task An_id_of_another_user_is_answered_word_for_word_like_one_that_does_not_exist()
    {
        var (ada, mallory) = (await MakeUserAsync(), await MakeUserAsync());
        var thread = await ada.Client.MakeThreadAsync();
        async Task<string> AskAsync(Guid id)
        {
            var get = await mallory.Client.GetAsync($"/api/threads/{id}/messages", Cancellation);
            var post = await mallory.Client.PostAsync(id, "hello");
            var delete = await mallory.Client.DeleteAsync($"/api/threads/{id}", Cancellation);
            var answers = await Task.WhenAll(new[] { get, post, delete }.Select(async r => $"{r.StatusCode} {await r.ShouldBeProblemAsync(HttpStatusCode.NotFound)}"));
            return string.Join('\n', answers);
        }

        Assert.Equal(await AskAsync(Guid.NewGuid()), await AskAsync(thread));
    }

    [Fact]
    public async Task A_thread_of_another_user_is_unknown_at_once_also_while_it_is_busy()
    {
        TaskCompletionSource asked = new(), go = new();
        var slow = new ScriptedChat((_, _) => [new TextContent("late")])
        {
            BeforePiece = async (_, _) =>
            {
                asked.SetResult();
                await go.Task;
            },
        };
        var ((ada, thread), (mallory, _)) = (await MakeThreadAsync("ada@example.org"), await MakeThreadAsync("mallory@example.org"));
        var turn = MakeAgent(slow).ProcessAsync("first", ada, thread, Cancellation);
        await asked.Task;
        // Waiting for the thread would end in 409 after this time, and tell that it is there.
        var curious = MakeAgent(ScriptedChat.Saying("x"), new() { Limits = new() { ThreadWaitSeconds = 1 } });
        var error = await Assert.ThrowsAsync<AgentException>(() => curious.ProcessAsync("second", mallory, thread, Cancellation));
        Assert.Equal(404, error.Status);
        go.SetResult();
        await turn;
    }

    /// <summary>Everything that is stored of a user, as text.</summary>
    async Task<string> SnapshotAsync(Guid user)
    {
        var text = new StringBuilder();
        foreach (var table in await Tables.WithUserAsync(Db, Cancellation))
            text.AppendLine(await ScalarAsync<string>($"select coalesce(string_agg(t::text, E'\\n' order by t::text), '') from {table.Name} t where {table.UserColumn} = $1", user));
        return text.ToString();
    }
}
