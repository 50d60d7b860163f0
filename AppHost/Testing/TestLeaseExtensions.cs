namespace AppHost;

public static class TestLeaseExtensions
{
    /// <summary>Name of the parameter whose value signs the leases of this boot.</summary>
    public const string KeyParameter = "test-lease-key";

    /// <summary>Starts the agent in test mode: each request is routed to the schema that its signed lease names.</summary>
    public static IResourceBuilder<ProjectResource> WithTestLeases(this IResourceBuilder<ProjectResource> agent)
    {
        var key = agent.ApplicationBuilder.AddParameter(KeyParameter, new GenerateParameterDefault { MinLength = 43, Special = false }, secret: true);
        return agent
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Test")
            .WithEnvironment("AGENT_TEST_LEASE_KEY", key)
            // All tests sign up from one address.
            .WithEnvironment("Agent__Limits__SignUpsPerMinute", "1000000")
            .WithEnvironment("Agent__Limits__RequestsPerMinute", "1000000")
            // A line per request, without what is in its address, so that a failed test's output shows what it asked for.
            .WithEnvironment("LOGGING__LOGLEVEL__MICROSOFT.ASPNETCORE.ROUTING", "Information")
            // The lease is in the scope of each line, by which a line finds its test. Written like this, it replaces Aspire's own choice.
            .WithEnvironment("LOGGING__CONSOLE__FORMATTERNAME", "json")
            .WithEnvironment("LOGGING__CONSOLE__FORMATTEROPTIONS__INCLUDESCOPES", "true");
    }
}
