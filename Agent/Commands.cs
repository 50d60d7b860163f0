using System.Net.Sockets;
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
        var database = app.Services.GetRequiredService<AgentDatabase>();
        await RestrictedRole.CheckAsync(database.DataSource, database.Config, asMember: true, stop.Token);
        var work = ActivatorUtilities.CreateInstance<Reembedding>(app.Services);
        try
        {
            var made = await work.RunAsync(new ProgressBar("messages", Console.Out, !Console.IsOutputRedirected), stop.Token);
            Console.WriteLine($"Made {made} vectors with {app.Services.GetRequiredService<ModelInfo>().EmbeddingModel}.");
            if (work.Refused > 0)
                Console.Error.WriteLine($"{(work.Refused == 1 ? "1 message is" : $"{work.Refused} messages are")} refused by the model: recall does not find what is in there. The next run tries again.");
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
            await RestrictedRole.CheckAsync(database.DataSource, database.Config, asMember: true, stopping);
            await VectorTables.EnsureFirstAsync(database, model, stopping);
        }
        else if (Configured(app) is { } database)
        {
            try
            {
                await RestrictedRole.CheckAsync(database.DataSource, database.Config, asMember: true, stopping);
                await database.GetVectorTableAsync(model, stopping);
            }
            catch (NpgsqlException)
            {
                // Not there yet.
            }
        }
    });

    /// <summary>The database; null when none is configured where people play and test, which is what /health and every request then say.</summary>
    static AgentDatabase? Configured(WebApplication app)
    {
        try
        {
            return app.Services.GetRequiredService<AgentDatabase>();
        }
        catch (DatabaseConfigurationException) when (app.Environment.IsDevelopment() || app.Environment.IsEnvironment("Test") || app.Environment.IsEnvironment("Testing"))
        {
            return null;
        }
    }

    /// <summary>Whether the service could not listen where it is told to; anything else that ends it is a defect, and shows where.</summary>
    public static bool CannotListen(Exception exception) => exception is IOException or SocketException or FormatException
        or ArgumentOutOfRangeException { ParamName: "port" } or InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" };

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
        catch (AgentException e)
        {
            Console.Error.WriteLine($"{e.Title}: {e.Message}");
            return 1;
        }
        catch (PostgresException e) when (!e.IsTransient)
        {
            Console.Error.WriteLine($"The database refuses ({e.SqlState}): {e.MessageText}. {Hint(e)}");
            return 1;
        }
        catch (NpgsqlException e)
        {
            Console.Error.WriteLine($"The database does not answer: {e.Message} Check ConnectionStrings__{DatabaseFactory.ConnectionName}.");
            return 1;
        }
    }

    static string Hint(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn
            => "Run 'dotnet run --project Agent -- migrate' first.",
        PostgresErrorCodes.InsufficientPrivilege => "Give the login that right, or use another one.",
        _ => $"Check ConnectionStrings__{DatabaseFactory.ConnectionName}.",
    };

    /// <summary>The command that the arguments name, "" for the service; null when they are not understood.</summary>
    public static string? Find(string[] args) => Wrong(args) is null ? Positional(args).FirstOrDefault("") : null;

    public static int WrongUsage(string[] args)
    {
        Console.Error.WriteLine($"{Wrong(args)} Known: migrate, reembed; without one, the service starts. Settings are given as --Name=value.");
        return 2;
    }

    static string? Wrong(string[] args)
    {
        var named = Positional(args).ToList();
        if (named.Find(n => n is not ("migrate" or "reembed")) is { } unknown)
            return unknown.StartsWith('-') ? $"Unknown option '{unknown}'." : $"Unknown command '{unknown}'.";
        return named.Count > 1 ? $"One command at a time, not '{string.Join("' and '", named)}'." : null;
    }

    /// <summary>What is not a setting: --Name=value, --Name value, /Name=value, Name=value, as the configuration takes them.</summary>
    static IEnumerable<string> Positional(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i].Contains('=', StringComparison.Ordinal))
                continue;
            if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length && !args[i + 1].StartsWith('-') && args[i + 1] is not ("migrate" or "reembed"))
                i++;
            else
                yield return args[i];
        }
    }
}
