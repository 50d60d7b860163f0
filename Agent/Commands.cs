using Agent.Database;
using Agent.Memory;
using Agent.Models;

namespace Agent;

/// <summary>What the program does besides serving.</summary>
static class Commands
{
    /// <summary><c>migrate</c>: brings the schema to the newest version, and ends.</summary>
    public static Task<int> MigrateAsync(WebApplication app) => RunAsync(async () =>
    {
        var database = app.Services.GetRequiredService<AgentDatabase>();
        var applied = await PrepareAsync(app);
        Console.WriteLine(applied == 0
            ? $"Schema {database.Config.SchemaName} is up to date."
            : $"Applied {applied} migrations to schema {database.Config.SchemaName}.");
    });

    /// <summary><c>reembed</c>: makes the vectors that the configured embedding model lacks; stopped, it goes on the next time.</summary>
    public static Task<int> ReembedAsync(WebApplication app) => RunAsync(async () =>
    {
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        var work = ActivatorUtilities.CreateInstance<Reembedding>(app.Services);
        try
        {
            var made = await work.RunAsync(new ProgressBar("messages", Console.Out, !Console.IsOutputRedirected), stop.Token);
            Console.WriteLine($"Made {made} vectors with {app.Services.GetRequiredService<ModelInfo>().EmbeddingModel}.");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new DatabaseConfigurationException("Stopped. Run the same command again to go on.");
        }
    });

    /// <summary>Migrates, and gives the configured embedding model its table.</summary>
    public static async Task<int> PrepareAsync(WebApplication app)
    {
        var (database, stopping) = (app.Services.GetRequiredService<AgentDatabase>(), app.Lifetime.ApplicationStopping);
        var applied = await Migrator.MigrateAsync(database, stopping);
        await using var connection = await database.DataSource.OpenConnectionAsync(stopping);
        await VectorTables.EnsureAsync(connection, database.Config, app.Services.GetRequiredService<ModelInfo>(), stopping);
        return applied;
    }

    static async Task<int> RunAsync(Func<Task> command)
    {
        try
        {
            await command();
            return 0;
        }
        catch (DatabaseConfigurationException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    public static int Unknown(string command)
    {
        Console.Error.WriteLine($"Unknown command '{command}'. Known: migrate, reembed; without one, the service starts.");
        return 2;
    }
}
