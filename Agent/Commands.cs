using System.Runtime.InteropServices;
using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Npgsql;

namespace Agent;

/// <summary>What the program does besides serving.</summary>
static class Commands
{
    /// <summary><c>migrate</c>: brings the schema to the newest version, and ends.</summary>
    public static Task<int> MigrateAsync(WebApplication app) => RunAsync(async () =>
    {
        var database = app.Services.GetRequiredService<AgentDatabase>();
        var applied = await Migrator.MigrateAsync(database, app.Lifetime.ApplicationStopping);
        Console.WriteLine(applied == 0
            ? $"Schema {database.Config.SchemaName} is up to date."
            : $"Applied {applied} migrations to schema {database.Config.SchemaName}.");
    });

    /// <summary><c>reembed</c>: makes the vectors that the configured embedding model lacks; stopped, it goes on the next time.</summary>
    public static Task<int> ReembedAsync(WebApplication app) => RunAsync(async () =>
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
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

    /// <summary>
    /// Before the service takes requests: migrates where that is wanted, and refuses an embedding model that did not make the vectors, which
    /// would remember nothing. A database that does not answer yet is no reason not to start, unless it is to be migrated: /health tells.
    /// </summary>
    /// <returns>The exit code; 0 goes on.</returns>
    public static Task<int> PrepareAsync(WebApplication app) => RunAsync(async () =>
    {
        var (model, stopping) = (app.Services.GetRequiredService<ModelInfo>(), app.Lifetime.ApplicationStopping);
        if (app.Services.GetRequiredService<AgentOptions>().MigrateAtStart ?? !app.Environment.IsProduction())
        {
            var database = app.Services.GetRequiredService<AgentDatabase>();
            await Migrator.MigrateAsync(database, stopping);
            await VectorTables.EnsureFirstAsync(database, model, stopping);
        }
        else if (Configured(app) is { } database)
        {
            try
            {
                await database.GetVectorTableAsync(model, stopping);
            }
            catch (NpgsqlException)
            {
                // Not there yet.
            }
        }
    });

    /// <summary>The database; null when none is configured, which is what /health and every request then say.</summary>
    static AgentDatabase? Configured(WebApplication app)
    {
        try
        {
            return app.Services.GetRequiredService<AgentDatabase>();
        }
        catch (DatabaseConfigurationException)
        {
            return null;
        }
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
        catch (NpgsqlException e) when (e.IsTransient || e is not PostgresException)
        {
            Console.Error.WriteLine($"The database does not answer: {e.Message} Check ConnectionStrings__{DatabaseFactory.ConnectionName}.");
            return 1;
        }
    }

    public static int Unknown(string command)
    {
        Console.Error.WriteLine($"Unknown command '{command}'. Known: migrate, reembed; without one, the service starts.");
        return 2;
    }
}
