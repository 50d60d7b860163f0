using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using ServiceDefaults;

namespace Agent.Tests.Telemetry;

// A listener of another test would have everything recorded, what is left out here too.
[Collection("listeners to all spans")]
public sealed class ServiceDefaultsTests
{
    // A name of its own, so that sources of the agent in other tests do not report here.
    const string Service = "Service.Under.Test";
    static readonly ActivitySource source = new(Service);
    static readonly Meter meter = new(Service);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_with_its_inner_spans_and_outgoing_calls_is_one_trace()
    {
        await using var collector = await OtlpReceiver.StartAsync(Token);
        await using (var app = await StartAsync(collector.Endpoint, "http/protobuf"))
        {
            using var client = Outside(app);
            await client.GetStringAsync("/turn", Token);
            await app.StopAsync(Token);
        }

        var turn = Assert.Single(collector.Spans, span => span.Source == Service);
        var request = Assert.Single(collector.Spans, span => span.SpanId == turn.ParentId);
        Assert.Equal("Microsoft.AspNetCore", request.Source);
        Assert.Equal("GET /turn", request.Name);
        Assert.Contains(collector.Spans, span => span.Source == "System.Net.Http" && span.ParentId == turn.SpanId);
        Assert.True(collector.Has("traces", "url.path"));
    }

    [Fact]
    public async Task Metrics_and_logs_leave_under_the_configured_service_name()
    {
        await using var collector = await OtlpReceiver.StartAsync(Token);
        await using (var app = await StartAsync(collector.Endpoint, "http/protobuf", "career-agent"))
        {
            using var client = Outside(app);
            await client.GetStringAsync("/turn", Token);
            await app.StopAsync(Token);
        }

        Assert.All(["traces", "metrics", "logs"], signal => Assert.True(collector.Has(signal, "career-agent"), signal));
        Assert.True(collector.Has("metrics", "turns.done"));
        Assert.True(collector.Has("metrics", "http.server.request.duration"));
        Assert.True(collector.Has("logs", "turn 42 is done"));
    }

    [Fact]
    public async Task Probes_are_not_traced()
    {
        const string UserAgent = "probing-for-this-test";
        await using var collector = await OtlpReceiver.StartAsync(Token);
        await using (var app = await StartAsync(collector.Endpoint, "http/protobuf"))
        {
            using var client = Outside(app);
            client.DefaultRequestHeaders.UserAgent.ParseAdd(UserAgent);
            await client.GetStringAsync("/alive", Token);
            await client.GetStringAsync("/health", Token);
            await client.GetStringAsync("/turn", Token);
            await app.StopAsync(Token);
        }

        // Requests to other tests' services in this process come here too.
        var names = collector.Spans.Where(span => span.Content.Contains(UserAgent, StringComparison.Ordinal)).Select(span => span.Name).ToArray();
        Assert.Contains("GET /turn", names);
        Assert.DoesNotContain("GET /health", names);
        Assert.DoesNotContain("GET /alive", names);
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_collected_and_the_host_starts()
    {
        await using var app = await StartAsync(endpoint: null, protocol: null);
        Assert.Null(app.Services.GetService<OpenTelemetry.Trace.TracerProvider>());
    }

    [Fact]
    public async Task A_collector_that_is_gone_delays_neither_start_nor_stop_for_long()
    {
        await using var app = await StartAsync("http://127.0.0.1:1", "grpc");
        using var client = Outside(app);
        await client.GetStringAsync("/turn", Token);
        await app.StopAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    [Fact]
    public async Task Health_runs_every_check_and_alive_only_those_of_the_process()
    {
        await using var app = await StartAsync(null, null, configure: builder =>
            builder.Services.AddHealthChecks().AddCheck("database", () => HealthCheckResult.Unhealthy(), ["ready"]));
        using var client = Outside(app);

        using var ready = await client.GetAsync(new Uri("/health", UriKind.Relative), Token);
        using var alive = await client.GetAsync(new Uri("/alive", UriKind.Relative), Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    /// <summary>A client as in another process: it is not traced itself and sends no trace along.</summary>
    static HttpClient Outside(WebApplication app) =>
        new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new(app.Urls.First()) };

    static async Task<WebApplication> StartAsync(string? endpoint, string? protocol, string? name = null, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = Service });
        builder.Logging.ClearProviders();
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
        builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol;
        builder.Configuration["OTEL_SERVICE_NAME"] = name;
        builder.AddServiceDefaults();
        configure?.Invoke(builder);
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapDefaultEndpoints();
        app.MapGet("/turn", async () =>
        {
            using var turn = source.StartActivity("turn");
            meter.CreateCounter<int>("turns.done").Add(1);
            TurnIsDone(app.Logger, 42, null);
            using var client = new HttpClient();
            return await client.GetStringAsync(new Uri($"{app.Urls.First()}/alive"), Token);
        });
        await app.StartAsync(Token);
        return app;
    }

    static readonly Action<ILogger, int, Exception?> TurnIsDone = LoggerMessage.Define<int>(LogLevel.Information, default, "turn {Turn} is done");
}
