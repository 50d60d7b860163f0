using Npgsql;

namespace AppHost;

/// <summary>A database that the server gets when it is ready.</summary>
sealed class DatabaseAnnotation(string databaseName) : IResourceAnnotation
{
    public string DatabaseName => databaseName;

    /// <summary>Whether it is there. Asking the server instead would fill its log with errors while it is not.</summary>
    public volatile bool Exists;
}

static class DatabaseCreation
{
    /// <summary>Makes the databases of the server's <see cref="DatabaseAnnotation"/>s as soon as it answers.</summary>
    public static IResourceBuilder<T> WithDatabaseCreation<T>(this IResourceBuilder<T> server) where T : IResourceWithConnectionString
        => server.OnResourceReady(async (resource, _, token) =>
        {
            await using var connection = new NpgsqlConnection($"{await resource.GetConnectionStringAsync(token)};Database=postgres;Pooling=false");
            await connection.OpenAsync(token);
            foreach (var database in resource.Annotations.OfType<DatabaseAnnotation>())
            {
                await CreateAsync(connection, database.DatabaseName, token);
                database.Exists = true;
            }
        });

    static async Task CreateAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"create database {new NpgsqlCommandBuilder().QuoteIdentifier(name)}", connection);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // It was on the volume, or another worker on the same warm server is as far.
        }
    }
}
