using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Agent.Tests.Telemetry;

/// <summary>A collector: takes OTLP over HTTP and keeps what was sent.</summary>
sealed class OtlpReceiver : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentQueue<(string Signal, byte[] Body)> received = new();

    OtlpReceiver(WebApplication app) => this.app = app;

    public string Endpoint => app.Urls.First();

    /// <summary>The spans so far, each with the name of its source.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. Bodies("traces").SelectMany(OtlpSpan.Parse)];

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
            receiver.received.Enqueue((signal, body.ToArray()));
        });
        await app.StartAsync(cancellationToken);
        return receiver;
    }

    /// <summary>Whether <paramref name="text"/> was sent in any message of the signal (<c>metrics</c>, <c>logs</c>, <c>traces</c>).</summary>
    public bool Has(string signal, string text) => Bodies(signal).Any(body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    IEnumerable<byte[]> Bodies(string signal) => received.Where(message => message.Signal == signal).Select(message => message.Body);

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
