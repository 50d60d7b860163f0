namespace AppHost;

static class OpenAIExtensions
{
    /// <summary>Adds a secret that may be absent: it is then empty, and nothing waits for somebody to enter it.</summary>
    public static IResourceBuilder<ParameterResource> AddOptionalSecret(this IDistributedApplicationBuilder builder, [ResourceName] string name)
        => builder.AddParameter(name, () => builder.Configuration[$"Parameters:{name}"] ?? "", secret: true);

    /// <summary>Gives the agent its key; an empty one means the offline model.</summary>
    public static IResourceBuilder<ProjectResource> WithOpenAI(this IResourceBuilder<ProjectResource> agent, IResourceBuilder<ParameterResource> key)
        => agent.WithEnvironment("OPENAI_API_KEY", key);
}
