using Agent.Database;

namespace Agent;

/// <summary>What the program does besides serving.</summary>
static class Commands
{
    /// <summary><c>migrate</c>: brings the schema to the newest version, and ends.</summary>
    public static async Task<int> MigrateAsync(WebApplication app)
    {
        try
        {
            var database = app.Services.GetRequiredService<AgentDatabase>();
            var applied = await Migrator.MigrateAsync(database, app.Lifetime.ApplicationStopping);
            Console.WriteLine(applied == 0
                ? $"Schema {database.Config.SchemaName} is up to date."
                : $"Applied {applied} migrations to schema {database.Config.SchemaName}.");
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
        Console.Error.WriteLine($"Unknown command '{command}'. Known: migrate; without one, the service starts.");
        return 2;
    }
}
