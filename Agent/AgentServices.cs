using Agent.Database;
using Agent.Http;
using Agent.Memory;
using Agent.Models;
using Agent.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Configuration.Memory;

namespace Agent;

/// <summary>What the service is made of. Whatever is registered before (a database, a model) wins over what is registered here.</summary>
static class AgentServices
{
    /// <exception cref="DatabaseConfigurationException">A setting makes no sense.</exception>
    public static void AddAgent(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        SettingsCheck.Check(builder.Configuration);
        var options = builder.Configuration.GetSection("Agent").Get<AgentOptions>() ?? new();
        AddLogLevels(builder, options);
        services.AddSingleton(options);
        services.AddSingleton(provider => DatabaseFactory.CreateConfig(
            provider.GetRequiredService<IHostEnvironment>().EnvironmentName, configuration: provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton(provider => new AgentDatabase(provider.GetRequiredService<DatabaseConfig>()));
        services.AddScoped<IDatabaseProvider>(provider => new SingleDatabaseProvider(provider.GetRequiredService<AgentDatabase>()));
        services.AddAgentModels(builder.Configuration);
        services.AddSingleton<EmbeddingService>().AddSingleton<TurnRecall>().AddSingleton<ThreadSummary>().AddSingleton<VectorIndexing>().AddSingleton<ContentLog>();
        services.AddScoped(provider => ActivatorUtilities.CreateInstance<CareerAgent>(
            provider, provider.GetRequiredService<IDatabaseProvider>().Current));
        services.AddScoped<Accounts>().AddScoped<ApiKeyStore>().AddScoped<ThreadStore>().AddScoped<ProfileReader>().AddScoped<MemorySearch>();

        // Data protection comes along, and warns of how it keeps keys that nothing here uses.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        services.AddAuthorization();
        services.AddProblemDetails();
        services.AddExceptionHandler<Problems>();
        services.AddOpenApi();
        services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database", tags: ["ready"]);
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Encoder = AgentJson.Options.Encoder;
            json.SerializerOptions.NumberHandling = AgentJson.Options.NumberHandling;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = options.Limits.BodyBytes;
            kestrel.AddServerHeader = false;
        });
        Limits.Add(services, options.Limits);
    }

    /// <summary>A line or four per request cost more than they tell; whoever wants them configures them. The line with the whole address has
    /// what people search for, so it is no matter of levels.</summary>
    static void AddLogLevels(WebApplicationBuilder builder, AgentOptions options)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?> { ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning" },
        });
        if (!options.LogContent)
            builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        // What ends the start is told by the program, in a line or as it was thrown. At the head, where the configuration may say otherwise.
        builder.Services.Configure<LoggerFilterOptions>(filters =>
        {
            filters.Rules.Insert(0, new(null, "Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical, null));
            filters.Rules.Insert(0, new(null, "Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, (_, _, level) => level != LogLevel.Critical));
        });
    }
}
