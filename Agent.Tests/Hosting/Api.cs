using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Agent.Http;
using Agent.Memory;

namespace Agent.Tests.Hosting;

/// <summary>What tests say to the API.</summary>
public static class Api
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The body of a successful answer; a failed one fails the test with what the service said.</summary>
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {body}");
        return JsonSerializer.Deserialize<T>(body, AgentJson.Options)!;
    }

    public static async Task<T> GetAsync<T>(this HttpClient client, string path) => await (await client.GetAsync(path, Cancellation)).ReadAsync<T>();

    public static async Task<Guid> MakeThreadAsync(this HttpClient client, string? title = null)
        => (await (await client.PostAsJsonAsync("/api/threads", new { title }, Cancellation)).ReadAsync<ThreadCreated>()).ThreadId;

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, Guid threadId, string? message, string? idempotencyKey = null)
        => client.PostAsJsonAsync($"/api/threads/{threadId}/messages", new { message, idempotencyKey }, Cancellation);

    public static async Task<AgentReply> SayAsync(this HttpClient client, Guid threadId, string message, string? idempotencyKey = null)
        => await (await client.PostAsync(threadId, message, idempotencyKey)).ReadAsync<AgentReply>();

    /// <summary>Asserts a problem-details answer, and returns what it says.</summary>
    public static async Task<string> ShouldBeProblemAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == status, $"expected {(int)status}, got {(int)response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(body);
        Assert.Equal((int)status, json.RootElement.GetProperty("status").GetInt32());
        Assert.NotEqual("", json.RootElement.GetProperty("title").GetString());
        return json.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString()! : "";
    }
}
