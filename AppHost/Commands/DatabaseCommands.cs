using Npgsql;

namespace AppHost;

public static class DatabaseCommands
{
    /// <summary>Adds what a developer does to a database of their own to the dashboard: reset, snapshot, restore, psql.</summary>
    public static IResourceBuilder<T> WithDatabaseCommands<T>(this IResourceBuilder<T> database) where T : IResourceWithConnectionString
        => database
            .WithSqlCommand("reset", "Reset", AgentSchemaSql.Reset, "All tables of the agent are empty.",
                new() { IconName = "ArrowReset", ConfirmationMessage = "Delete all users, threads and memories of this database?" })
            .WithSqlCommand("snapshot", "Snapshot", AgentSchemaSql.Snapshot, "The agent's data was copied; Restore brings it back.",
                new() { IconName = "Camera" })
            .WithSqlCommand("restore", "Restore", AgentSchemaSql.Restore, "The agent's data is as it was at the last snapshot.",
                new() { IconName = "History", ConfirmationMessage = "Replace the agent's data by the last snapshot?" })
            .WithCommand("psql", "Show psql line", async context =>
            {
                var line = PsqlLine(await ConnectionStringAsync(database.Resource, context.CancellationToken));
                return CommandResults.Success("Run this line in a terminal.", line, CommandResultFormat.Text, displayImmediately: true);
            }, new() { IconName = "WindowConsole" });

    static IResourceBuilder<T> WithSqlCommand<T>(
        this IResourceBuilder<T> database, string name, string title, string sql, string done, CommandOptions options)
        where T : IResourceWithConnectionString
        => database.WithCommand(name, title, async context =>
        {
            try
            {
                await using var connection = new NpgsqlConnection(
                    $"{await ConnectionStringAsync(database.Resource, context.CancellationToken)};Pooling=false");
                await connection.OpenAsync(context.CancellationToken);
                await using var command = new NpgsqlCommand(sql, connection);
                await command.ExecuteNonQueryAsync(context.CancellationToken);
                return CommandResults.Success(done);
            }
            catch (NpgsqlException e)
            {
                return CommandResults.Failure(e is PostgresException { MessageText: var text } ? text : e.Message);
            }
        }, options);

    /// <summary>The shell line that opens <c>psql</c> on the agent's tables.</summary>
    public static string PsqlLine(string connectionString)
    {
        var at = new NpgsqlConnectionStringBuilder(connectionString);
        // In single quotes for the shell; what a URI escapes includes the single quote.
        static string Escape(string? value) => Uri.EscapeDataString(value ?? "").Replace("'", "%27", StringComparison.Ordinal);
        return $"psql 'postgresql://{Escape(at.Username)}:{Escape(at.Password)}@{Escape(at.Host)}:{at.Port}/{Escape(at.Database)}"
            + "?options=-csearch_path%3Dagent,extensions'";
    }

    static async Task<string> ConnectionStringAsync(IResourceWithConnectionString database, CancellationToken cancellationToken)
        => await database.GetConnectionStringAsync(cancellationToken)
            ?? throw new DistributedApplicationException($"'{database.Name}' has no connection string yet. Wait until it is healthy.");
}
