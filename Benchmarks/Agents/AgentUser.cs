using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Benchmarks.Agents;

/// <summary>A person with a key and a connection of their own.</summary>
sealed class AgentUser : IDisposable
{
    readonly HttpClient client;

    AgentUser(HttpClient client, Guid id) => (this.client, Id) = (client, id);

    public Guid Id { get; }

    public static async Task<AgentUser> SignUpAsync(Uri address, string email, CancellationToken token)
    {
        var client = new HttpClient { BaseAddress = address };
        var user = await ReadAsync(await client.PostAsJsonAsync("/api/users", new { email }, token), token);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.GetProperty("apiKey").GetString());
        return new(client, user.GetProperty("userId").GetGuid());
    }

    public async Task<Guid> BeginThreadAsync(CancellationToken token)
        => (await ReadAsync(await client.PostAsJsonAsync("/api/threads", new { }, token), token)).GetProperty("threadId").GetGuid();

    /// <summary>Says something; the milliseconds until the whole answer is there.</summary>
    public async Task<double> SayAsync(Guid thread, string message, CancellationToken token)
    {
        var begun = Stopwatch.GetTimestamp();
        await ReadAsync(await client.PostAsJsonAsync($"/api/threads/{thread}/messages", new { message }, token), token);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    /// <summary>Searches for four messages; the milliseconds and the ids that were found.</summary>
    public async Task<(double Milliseconds, long[] Found)> SearchAsync(string question, CancellationToken token)
    {
        var begun = Stopwatch.GetTimestamp();
        var answer = await ReadAsync(await client.GetAsync($"/api/memory/search?topK=4&q={Uri.EscapeDataString(question)}", token), token);
        return (Stopwatch.GetElapsedTime(begun).TotalMilliseconds, [.. answer.GetProperty("results").EnumerateArray().Select(hit => hit.GetProperty("messageId").GetInt64())]);
    }

    static async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken token)
    {
        using (response)
        {
            var body = await response.Content.ReadAsByteArrayAsync(token);
            return response.IsSuccessStatusCode ? JsonElement.Parse(body)
                : throw new InvalidOperationException($"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(body)}");
        }
    }

    public void Dispose() => client.Dispose();
}
