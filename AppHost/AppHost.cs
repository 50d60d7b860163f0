using AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var settings = AppHostSettings.Read(builder);

// One name, three faces: the agent asks for "agentdb" and never knows which it got.
IResourceBuilder<IResourceWithConnectionString> agentdb = settings.Database switch
{
    DatabaseKind.Container => builder.AddPgVector("postgres").ConfiguredFor(settings).AddDatabase("agentdb"),
    DatabaseKind.Embedded => builder.AddEmbeddedPostgres("postgres").AddDatabase("agentdb"),
    _ => builder.AddConnectionString("agentdb"),
};

var agent = builder.AddProject<Projects.Agent>("agent", launchProfileName: null)
    .WithHttpEndpoint()
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(agentdb)
    .WaitFor(agentdb)
    // Before it takes traffic; replicas that start together take turns, and the first does it.
    .WithEnvironment("Agent__MigrateAtStart", "true");

if (settings.Mode == AppMode.Test)
{
    agent.WithTestLeases();
}
else
{
    agent.WithOpenAI(builder.AddOptionalSecret("openai-api-key"));
}

if (settings.Mode == AppMode.Run)
{
    agent.WithEnvironment("ASPNETCORE_ENVIRONMENT", "Development");
    agentdb.WithDatabaseCommands();
}

builder.AddDeployment(settings);

builder.Build().Run();

// Not for others to see: a test of both would not know which Program is meant, this one or the agent's.
sealed partial class Program;
