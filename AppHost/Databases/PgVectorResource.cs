namespace AppHost;

/// <summary>A Postgres container with pgvector, whose databases have the <c>vector</c> extension from the start.</summary>
public sealed class PgVectorResource(string name, ParameterResource password) : PostgresServerResource(name, userName: null, password);

/// <summary>Adds pgvector servers and their databases.</summary>
public static class PgVectorExtensions
{
    /// <summary>Adds a Postgres container with pgvector: healthy when the extension answers.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the resource.</param>
    /// <param name="password">Password of <c>postgres</c>; null generates one.</param>
    public static IResourceBuilder<PgVectorResource> AddPgVector(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, IResourceBuilder<ParameterResource>? password = null)
    {
        var server = new PgVectorResource(name,
            password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password"));
        return builder.AddResource(server)
            .WithImage(PgVectorImage.Name, PgVectorImage.Tag)
            .WithImageRegistry(PgVectorImage.Registry)
            .WithEndpoint(targetPort: 5432, name: server.PrimaryEndpoint.EndpointName)
            .WithIconName("DatabaseMultiple")
            .WithEnvironment("POSTGRES_USER", server.UserNameReference)
            // Asked for late, as a warm server gets another one.
            .WithEnvironment(context => context.EnvironmentVariables["POSTGRES_PASSWORD"] = server.PasswordParameter)
            .WithEnvironment("POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --auth-local=scram-sha-256")
            .WithVectorHealthCheck()
            .WithDatabaseCreation();
    }

    /// <summary>Adds a database of the server, made when the server answers: healthy when the extension answers in it.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PgVectorResource> server, [ResourceName] string name)
    {
        // Where nobody answers ResourceReady (Compose, Kubernetes), the image itself makes the database.
        if (server.ApplicationBuilder.ExecutionContext.IsPublishMode) server.WithEnvironment("POSTGRES_DB", name);
        var database = new DatabaseAnnotation(name);
        server.WithAnnotation(database);
        return server.ApplicationBuilder.AddResource(new PostgresDatabaseResource(name, name, server.Resource))
            .WithIconName("Database")
            .WithVectorHealthCheck(database);
    }
}
