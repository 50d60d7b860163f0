using Microsoft.Extensions.DependencyInjection;
using Postgres.Testing;

namespace AppHost;

/// <summary>Adds embedded servers and their databases.</summary>
public static class EmbeddedPostgresExtensions
{
    /// <summary>Adds native Postgres with pgvector as an executable: healthy when the extension answers.</summary>
    /// <remarks>The server is that of Postgres.Testing: cached cluster, unprivileged user, data in memory that goes with the
    /// application. Each start, also a restart from the dashboard, begins with an empty server.</remarks>
    public static IResourceBuilder<EmbeddedPostgresResource> AddEmbeddedPostgres(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, EmbeddedPostgresOptions? options = null)
    {
        var server = new EmbeddedPostgresResource(name, ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password"));
        var launches = new EmbeddedPostgresLaunches(options ?? new(), server.PasswordParameter);
        builder.Services.AddHostedService(_ => launches);
        return builder.AddResource(server)
            .WithEndpoint(scheme: "tcp", name: EmbeddedPostgresResource.EndpointName)
            .WithIconName("DatabaseMultiple")
            .WithArgs(async context =>
            {
                var launch = await launches.PrepareAsync(context.CancellationToken);
                foreach (var argument in launch.Arguments) context.Args.Add(argument);
                context.Args.Add("-p");
                context.Args.Add(server.PrimaryEndpoint.Property(EndpointProperty.TargetPort));
            })
            .WithVectorHealthCheck()
            .WithDatabaseCreation()
            .ExcludeFromManifest();
    }

    /// <summary>Adds a database of the server, made when the server answers: healthy when the extension answers in it.</summary>
    public static IResourceBuilder<EmbeddedPostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<EmbeddedPostgresResource> server, [ResourceName] string name)
    {
        var database = new DatabaseAnnotation(name);
        server.WithAnnotation(database);
        return server.ApplicationBuilder.AddResource(new EmbeddedPostgresDatabaseResource(name, name, server.Resource))
            .WithIconName("Database")
            .WithVectorHealthCheck(database)
            .OnInitializeResource(FollowServerAsync)
            .ExcludeFromManifest();
    }

    // Aspire passes the state of a container on to its children, but not that of an executable.
    static async Task FollowServerAsync(EmbeddedPostgresDatabaseResource database, InitializeResourceEvent initialize, CancellationToken cancellationToken)
    {
        await foreach (var server in initialize.Notifications.WatchAsync(cancellationToken))
        {
            if (server.Resource != database.Parent) continue;
            await initialize.Notifications.PublishUpdateAsync(database, snapshot => snapshot with
            {
                State = server.Snapshot.State,
                StartTimeStamp = server.Snapshot.StartTimeStamp,
                StopTimeStamp = server.Snapshot.StopTimeStamp,
            });
        }
    }
}
