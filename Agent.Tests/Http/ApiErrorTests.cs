using System.Net;
using System.Net.Http.Json;
using System.Text;
using Agent.Memory;
using Agent.Tests.Hosting;

namespace Agent.Tests.Http;

public class ApiErrorTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [Theory]
    [InlineData("")]
    [InlineData("   \n\t ")]
    [InlineData(null)]
    public async Task An_empty_message_is_refused(string? message)
    {
        var ada = await MakeUserAsync();
        var detail = await (await ada.Client.PostAsync(await ada.Client.MakeThreadAsync(), message)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
        Assert.Contains("message", detail);
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from messages"));
    }

    [Fact]
    public async Task A_message_that_is_too_long_is_refused_with_the_limit()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        var detail = await (await ada.Client.PostAsync(thread, new string('x', 16_001))).ShouldBeProblemAsync(HttpStatusCode.RequestEntityTooLarge);
        Assert.Contains("16000", detail);
        (await ada.Client.PostAsync(thread, new string('x', 16_000))).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_read()
    {
        var ada = await MakeUserAsync();
        await (await ada.Client.PostAsync(await ada.Client.MakeThreadAsync(), new string('x', 300_000))).ShouldBeProblemAsync(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_body_that_does_not_say_how_large_it_is_is_cut_off_with_the_setting_that_says_where()
    {
        // The limit is the server's own: it counts what comes.
        using var client = new HttpClient { BaseAddress = Hosts.Served };
        client.DefaultRequestHeaders.Add(AgentHost.LeaseHeader, Db.SchemaName);
        client.DefaultRequestHeaders.TransferEncodingChunked = true;
        var detail = await (await client.PostAsync("/api/users", Json($$"""{"email":"{{new string('x', 300_000)}}"}"""), Cancellation))
            .ShouldBeProblemAsync(HttpStatusCode.RequestEntityTooLarge);
        Assert.Contains("Agent:Limits:BodyBytes", detail);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"message\": 5}")]
    [InlineData("{\"message\": {\"a\": 1}}")]
    public async Task A_body_that_is_not_what_is_expected_is_refused(string body)
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        await (await ada.Client.PostAsync($"/api/threads/{thread}/messages", Json(body), Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    public async Task What_is_wrong_with_a_body_is_said_without_names_of_the_inside(string body)
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        foreach (var path in (string[])[$"/api/threads/{thread}/messages", "/api/users", "/api/keys"])
        {
            var detail = await (await ada.Client.PostAsync(path, Json(body), Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
            Assert.DoesNotContain("Agent.", detail);
            Assert.DoesNotContain("Service", detail);
            if (body is "" or "null")
                Assert.Contains("body is missing", detail);
        }
    }

    [Fact]
    public async Task An_encoding_that_does_not_exist_is_refused()
    {
        var ada = await MakeUserAsync();
        var content = Json("""{"message":"hello"}""");
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("application/json; charset=bogus");
        var detail = await (await ada.Client.PostAsync($"/api/threads/{await ada.Client.MakeThreadAsync()}/messages", content, Cancellation))
            .ShouldBeProblemAsync(HttpStatusCode.UnsupportedMediaType);
        Assert.Contains("bogus", detail);
    }

    [Fact]
    public async Task An_email_that_is_small_here_and_not_in_the_database_is_refused_and_not_a_failure()
    {
        // Whatever the database's own rules are, one that calls it a capital says no.
        await using (var command = Db.DataSource.CreateCommand("alter table users drop constraint users_email_check, add constraint users_email_check check (email !~ 'İ')"))
            await command.ExecuteNonQueryAsync(Cancellation);
        var detail = await (await MakeClient().PostAsJsonAsync("/api/users", new { email = "İx@x.org" }, Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
        Assert.Contains("email", detail);
    }

    [Fact]
    public async Task A_refusal_forbids_scripts_and_caching_like_any_other_answer()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        var path = $"/api/threads/{thread}/messages";
        async Task CheckAsync(HttpResponseMessage answer, int status)
        {
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.True(answer.Headers.CacheControl?.NoStore);
        }
        await CheckAsync(await ada.Client.PostAsync(path, Json("{"), Cancellation), 400);
        await CheckAsync(await ada.Client.PostAsync(thread, ""), 400);
        await CheckAsync(await ada.Client.PostAsync(thread, new string('x', 300_000)), 413);
        await CheckAsync(await ada.Client.PostAsync(path, new StringContent("hello"), Cancellation), 415);
        await CheckAsync(await ada.Client.GetAsync("/api/nowhere", Cancellation), 404);
        await using (var command = Db.DataSource.CreateCommand("alter table messages rename to hidden_messages"))
            await command.ExecuteNonQueryAsync(Cancellation);
        await CheckAsync(await ada.Client.GetAsync(path, Cancellation), 500);
    }

    [Theory]
    [InlineData("a\\u0000b")]
    [InlineData("half \\ud83d of it")]
    public async Task Text_that_is_no_text_is_refused(string message)
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        await (await ada.Client.PostAsync($"/api/threads/{thread}/messages", Json($$"""{"message":"{{message}}"}"""), Cancellation))
            .ShouldBeProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public void A_key_that_is_no_text_is_refused()
    {
        // Not over HTTP, whose clients send no such header; a server may be sent one.
        foreach (var key in (string[])["a\0b", "half \udc00", "\ud83d", ""])
            Assert.Equal(400, Assert.Throws<AgentException>(() => MessageRules.Check(new("hello", Guid.Empty, Guid.Empty, key), new())).Status);
        MessageRules.Check(new("hello", Guid.Empty, Guid.Empty, "whole 👍"), new());
    }

    [Fact]
    public async Task A_body_of_another_type_is_refused()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        await (await ada.Client.PostAsync($"/api/threads/{thread}/messages", new StringContent("hello"), Cancellation))
            .ShouldBeProblemAsync(HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("POST", "/api/threads/00000000-0000-0000-0000-000000000000/messages", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/threads/00000000-0000-0000-0000-000000000000/messages", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/threads/not-an-id/messages", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/nowhere", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/api/threads", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/api/threads?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/threads?limit=101", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/threads?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/memory/search", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/memory/search?q=x&topK=51", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/memory/search?q=x&scope=galaxy", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/memory/search?q=x&scope=thread", HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/memory/search?q=x&scope=thread&threadId=00000000-0000-0000-0000-000000000000", HttpStatusCode.NotFound)]
    public async Task Every_error_is_a_problem_details_answer(string method, string path, HttpStatusCode status)
    {
        var ada = await MakeUserAsync();
        using var request = new HttpRequestMessage(new(method), path);
        if (method == "POST")
            request.Content = JsonContent.Create(new { message = "hello" });
        await (await ada.Client.SendAsync(request, Cancellation)).ShouldBeProblemAsync(status);
    }

    [Theory]
    [InlineData("threads?limit=many", "'limit' is 'many', but it must be a whole number of at most nine digits.")]
    [InlineData("threads?limit=99999999999", "'limit' is '99999999999', but it must be a whole number of at most nine digits.")]
    [InlineData("memory/search?q=x&topK=%22a%0Ab%22", "'topK' is '\"a\nb\"', but it must be a whole number of at most nine digits.")]
    [InlineData("memory/search?q=x&threadId=abc", "'threadId' is 'abc', but it must be an id, such as ")]
    public async Task A_parameter_that_does_not_fit_is_named_with_its_value_and_without_types_of_the_inside(string path, string says)
    {
        var ada = await MakeUserAsync();
        var detail = await (await ada.Client.GetAsync($"/api/{path}", Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
        Assert.Contains(says, detail);
        Assert.DoesNotMatch(@"\bint\b|Guid|Nullable", detail);
        detail = await (await ada.Client.GetAsync($"/api/threads?limit={new string('x', 1000)}", Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
        Assert.InRange(detail.Length, 50, 200);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("Ada <ada@example.org>")]
    [InlineData(null)]
    public async Task An_email_that_is_none_is_refused(string? email)
        => await (await MakeClient().PostAsJsonAsync("/api/users", new { email }, Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);

    [Fact]
    public async Task An_email_has_one_account_however_it_is_written()
    {
        await MakeUserAsync("ada@example.org");
        await (await MakeClient().PostAsJsonAsync("/api/users", new { email = " ADA@Example.org" }, Cancellation)).ShouldBeProblemAsync(HttpStatusCode.Conflict);
        Assert.Equal(1L, await ScalarAsync<long>("select count(*) from users"));
    }

    [Fact]
    public async Task An_error_inside_tells_nothing_of_the_inside()
    {
        var ada = await MakeUserAsync();
        var thread = await ada.Client.MakeThreadAsync();
        await using (var command = Db.DataSource.CreateCommand("alter table messages rename to hidden_messages"))
            await command.ExecuteNonQueryAsync(Cancellation);
        var detail = await (await ada.Client.GetAsync($"/api/threads/{thread}/messages", Cancellation)).ShouldBeProblemAsync(HttpStatusCode.InternalServerError);
        Assert.DoesNotContain("messages", detail);
    }

    [Fact]
    public async Task A_user_has_so_many_threads_and_no_more()
    {
        await using var host = AgentHosts.Make(settings: new Dictionary<string, string?> { ["Agent:Limits:ThreadsPerUser"] = "3" });
        var ada = await MakeUserAsync(host: host);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ada.Client.PostAsJsonAsync("/api/threads", new { }, Cancellation)));
        Assert.Equal(3, answers.Count(a => a.IsSuccessStatusCode));
        await answers.First(a => !a.IsSuccessStatusCode).ShouldBeProblemAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Requests_of_a_user_are_limited_and_another_user_is_not_in_their_way()
    {
        await using var host = AgentHosts.Make(settings: new Dictionary<string, string?> { ["Agent:Limits:RequestsPerMinute"] = "3" });
        var (ada, bob) = (await MakeUserAsync(host: host), await MakeUserAsync(host: host));
        for (var i = 0; i < 3; i++)
            (await ada.Client.GetAsync("/api/me", Cancellation)).EnsureSuccessStatusCode();
        var refused = await ada.Client.GetAsync("/api/me", Cancellation);
        await refused.ShouldBeProblemAsync(HttpStatusCode.TooManyRequests);
        // The permits come back when the first request is a minute old, to ten seconds.
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 45, 60);
        (await bob.Client.GetAsync("/api/me", Cancellation)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Sign_ups_from_one_address_are_limited()
    {
        await using var host = AgentHosts.Make(settings: new Dictionary<string, string?> { ["Agent:Limits:SignUpsPerMinute"] = "1" });
        await MakeUserAsync(host: host);
        using var client = MakeClient(host: host);
        await (await client.PostAsJsonAsync("/api/users", new { email = "second@example.org" }, Cancellation)).ShouldBeProblemAsync(HttpStatusCode.TooManyRequests);
    }
}
