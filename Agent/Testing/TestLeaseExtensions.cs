using System.Diagnostics;
using Agent.Database;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Agent.Testing;

/// <summary>Test mode: one agent process serves many tests at once, each request on the schema that its lease names.</summary>
public static class TestLeaseExtensions
{
    /// <summary>Routes requests by their lease, if the agent was started for it: environment Test, and a key of this boot.</summary>
    /// <remarks>Otherwise nothing is registered: there is no code path from a header to a schema. The database must have been
    /// registered before.</remarks>
    public static WebApplicationBuilder AddTestLeases(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var key = builder.Configuration[TestLease.KeySetting];
        if (string.IsNullOrEmpty(key) || !(builder.Environment.IsEnvironment("Test") || builder.Environment.IsEnvironment("Testing")))
            return builder;

        _ = new TestLease("", 0).Sign(key); // a key that is too short stops the start, not the first request
        builder.Services.AddSingleton<LeasedDatabases>();
        builder.Services.Replace(ServiceDescriptor.Singleton<IDatabaseProvider>(services => services.GetRequiredService<LeasedDatabases>()));
        builder.Services.AddSingleton<IStartupFilter>(services => new FirstMiddleware(
            new Router(key, services.GetRequiredService<LeasedDatabases>(), services.GetRequiredService<ILogger<TestLease>>())));
        return builder;
    }

    /// <summary>Puts the router before all else, so that nothing runs before the lease is known to be good.</summary>
    sealed class FirstMiddleware(Router router) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(router.InvokeAsync);
            next(app);
        };
    }

    sealed class Router(string key, LeasedDatabases databases, ILogger logger)
    {
        public async Task InvokeAsync(HttpContext context, RequestDelegate next)
        {
            if (!context.Request.Headers.TryGetValue(TestLease.Header, out var header))
            {
                await next(context);
                return;
            }
            if (TestLease.Verify(header.ToString(), key) is not { } lease
                || await databases.FindAsync(lease, context.RequestAborted) is not { } database)
            {
                await Results.Problem(statusCode: StatusCodes.Status403Forbidden, title: "This test lease is not valid here.",
                    detail: "It was not signed with the key of this boot, or its schema is gone or has been leased to another test since.")
                    .ExecuteAsync(context);
                return;
            }
            databases.Enter(database);
            Activity.Current?.SetTag("test.schema", lease.SchemaName);
            using (logger.BeginScope(new Dictionary<string, object> { ["TestSchema"] = lease.SchemaName }))
                await next(context);
        }
    }
}
