using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Agent.Tests.Hosting;

/// <summary>The agent, in this process, as Program.cs builds it; only what a test hands in differs.</summary>
public sealed class AgentHost(Action<IServiceCollection> services, IReadOnlyDictionary<string, string?>? settings = null)
    : WebApplicationFactory<Program>
{
    public const string LeaseHeader = "X-Test-Schema";

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Test");
        builder.UseSetting("Agent:MigrateAtStart", "false");
        builder.UseSetting("Agent:Limits:SignUpsPerMinute", "1000000");
        builder.UseSetting("Agent:Limits:RequestsPerMinute", "1000000");
        foreach (var (name, value) in settings ?? new Dictionary<string, string?>())
            builder.UseSetting(name, value);
        builder.ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.ConfigureTestServices(services);
    }
}
