using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Agent.Models.OpenAi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Agent.Tests.Models;

/// <summary>
/// A local server that speaks OpenAI's documented wire protocol, as far as a test tells it to: each request is answered by the next handler,
/// the last one over and over. It stands where the paid world begins; the SDK, its pipeline and HTTP are real.
/// </summary>
public sealed class FakeEndpoint : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<(string Path, string? Authorization, JsonElement Body)> _requests = [];
    readonly Queue<Func<HttpContext, Task>> _handlers;

    FakeEndpoint(WebApplication app, IEnumerable<Func<HttpContext, Task>> handlers) => (_app, _handlers) = (app, new(handlers));

    public IReadOnlyList<(string Path, string? Authorization, JsonElement Body)> Requests => [.. _requests];

    public OpenAiOptions Options => new()
    {
        ApiKey = "sk-test-1234567890",
        Endpoint = new Uri($"{_app.Urls.First()}/v1"),
        MaxRetries = 2,
        TimeoutSeconds = 30,
        MaxRetryDelaySeconds = 5,
    };

    public static async Task<FakeEndpoint> StartAsync(params Func<HttpContext, Task>[] handlers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var endpoint = new FakeEndpoint(app, handlers);
        app.Run(endpoint.HandleAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return endpoint;
    }

    async Task HandleAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        _requests.Enqueue((context.Request.Path, context.Request.Headers.Authorization, body.RootElement.Clone()));
        context.Items["body"] = body.RootElement.Clone();
        Func<HttpContext, Task> handler;
        lock (_handlers)
            handler = _handlers.Count > 1 ? _handlers.Dequeue() : _handlers.Peek();
        await handler(context);
    }

    /// <summary>A stream of chunks, then <c>[DONE]</c>.</summary>
    public static Func<HttpContext, Task> Stream(params string[] chunks) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var chunk in chunks)
        {
            await context.Response.WriteAsync($"data: {chunk}\n\n");
            await context.Response.Body.FlushAsync();
        }
        await context.Response.WriteAsync("data: [DONE]\n\n");
    };

    /// <summary>A stream whose connection is reset once the client has seen its chunks; a reset at once could overtake them.</summary>
    public static Func<HttpContext, Task> Cut(Task seen, params string[] chunks) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var chunk in chunks)
            await context.Response.WriteAsync($"data: {chunk}\n\n");
        await context.Response.Body.FlushAsync();
        await seen;
        context.Abort();
    };

    /// <summary>Starts a stream and never goes on, until the client leaves.</summary>
    public static Func<HttpContext, Task> Silent(params string[] chunks) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var chunk in chunks)
            await context.Response.WriteAsync($"data: {chunk}\n\n");
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    };

    public static Func<HttpContext, Task> JsonAnswer(string body) => context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    };

    public static Func<HttpContext, Task> Error(int status, string code = "error", string? retryAfter = null) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        if (retryAfter is not null)
            context.Response.Headers.RetryAfter = retryAfter;
        return context.Response.WriteAsync($$$"""{"error":{"message":"secret words of the endpoint about sk-test-1234567890","type":"{{{code}}}","param":null,"code":"{{{code}}}"}}""");
    };

    /// <summary>Embeds whatever it is asked to, each text alike.</summary>
    public static Func<HttpContext, Task> Embeddings(int dimensions) => context =>
    {
        var input = ((JsonElement)context.Items["body"]!).GetProperty("input");
        var vector = Convert.ToBase64String([.. new float[dimensions].Select((_, i) => i == 0 ? 1f : 0f).SelectMany(BitConverter.GetBytes)]);
        var data = Enumerable.Range(0, input.ValueKind == JsonValueKind.Array ? input.GetArrayLength() : 1)
            .Select(i => $$$"""{"object":"embedding","index":{{{i}}},"embedding":"{{{vector}}}"}""");
        return JsonAnswer($$$"""{"object":"list","data":[{{{string.Join(',', data)}}}],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}""")(context);
    };

    public static string Text(string text, string? finish = null) => Chunk($$$"""{"content":{{{JsonSerializer.Serialize(text)}}}}""", finish);

    public static string Call(int index, string? id, string? name, string arguments)
        => Chunk($$$"""{"tool_calls":[{"index":{{{index}}},{{{(id is null ? "" : $"\"id\":\"{id}\",\"type\":\"function\",")}}}"function":{{{{(name is null ? "" : $"\"name\":\"{name}\",")}}}"arguments":{{{JsonSerializer.Serialize(arguments)}}}}}]}""");

    public static string Finish(string reason) => Chunk("{}", reason);

    public static string Usage(int input, int output)
        => $$$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":{{{output}}},"total_tokens":{{{input + output}}}}}""";

    static string Chunk(string delta, string? finish = null)
        => $$$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{{(finish is null ? "null" : $"\"{finish}\"")}}}}]}""";

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
