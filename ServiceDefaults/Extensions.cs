using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ServiceDefaults;

/// <summary>Telemetry and health endpoints that every service of the application has.</summary>
public static class Extensions
{
    /// <summary>Tag of the health checks that <c>/alive</c> runs: the process itself, nothing that it depends on.</summary>
    public const string LiveTag = "live";

    /// <summary>Adds traces, metrics and logs, and the health check of the process itself.</summary>
    /// <remarks>Telemetry leaves over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, and is not collected otherwise.
    /// The service's own source and meter are named after its application name.</remarks>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            builder.AddTelemetry();
        return builder;
    }

    /// <summary>Maps <c>/health</c> (ready: every health check) and <c>/alive</c> (the process answers).</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use(NameSpanAfterRoute);
        app.MapHealthChecks(HealthRequests.ReadyPath);
        app.MapHealthChecks(HealthRequests.AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) });
        return app;
    }

    // ASP.NET Core gives the span of every request one and the same name.
    static Task NameSpanAfterRoute(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span
            && context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            span.DisplayName = $"{context.Request.Method} {route}";
            span.SetTag("http.route", route);
        }
        return next(context);
    }

    static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        var name = builder.Environment.ApplicationName;
        // ASP.NET Core fills in the standard attributes of a request's span only when it is told to.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        new HostTelemetryBuilder(builder.Services)
            .ConfigureResource(resource =>
            {
                if (string.IsNullOrEmpty(builder.Configuration["OTEL_SERVICE_NAME"])) resource.AddService(name);
            })
            .WithTracing(tracing => tracing
                .AddSource(name, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql")
                .SetSampler(new ParentBasedSampler(new HealthRequests())))
            .WithMetrics(metrics => metrics
                .AddMeter(name, "Microsoft.AspNetCore.*", "System.Net.Http", "System.Runtime", "Npgsql"))
            .WithLogging(null, logging => (logging.IncludeFormattedMessage, logging.IncludeScopes) = (true, true))
            .UseOtlpExporter();
        builder.Services.AddHostedService<TelemetryLifetime>();
    }

    sealed class HostTelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services => services;
    }
}
