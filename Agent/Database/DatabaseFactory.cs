using System.Text;
using Npgsql;

namespace Agent.Database;

/// <summary>Decides which database an environment gets.</summary>
public static class DatabaseFactory
{
    /// <summary>Name of the connection string (<c>ConnectionStrings:agentdb</c>, as variable <c>ConnectionStrings__agentdb</c>).</summary>
    public const string ConnectionName = "agentdb";

    /// <summary>
    /// The configuration for <paramref name="environment"/>. <paramref name="explicitConfig"/> always wins. Otherwise the connection
    /// string must be configured: no environment falls back to another one's database, or to a default.
    /// </summary>
    /// <param name="environment">Development, Test (or Testing), Production; an unknown one is treated as Production.</param>
    /// <param name="testId">The lease of a test: the schema it was given. Only the Test environment takes one.</param>
    /// <param name="configuration">Where settings come from; null reads the environment variables.</param>
    /// <param name="explicitConfig">A ready configuration; checked and returned as it is.</param>
    /// <exception cref="DatabaseConfigurationException">A setting is missing or makes no sense; the message names it.</exception>
    public static DatabaseConfig CreateConfig(
        string environment, string? testId = null, IConfiguration? configuration = null, DatabaseConfig? explicitConfig = null)
    {
        if (explicitConfig is not null)
            return Check(explicitConfig);
        ArgumentException.ThrowIfNullOrWhiteSpace(environment);
        configuration ??= new ConfigurationBuilder().AddEnvironmentVariables().Build();

        var type = TypeOf(environment);
        if (testId is not null && type != DatabaseType.Test)
            throw new DatabaseConfigurationException(
                $"The test id '{testId}' was given in the environment '{environment}': only the environment Test takes the lease of a test.");
        var connectionString = configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new DatabaseConfigurationException(
                $"The environment '{environment}' has no connection string '{ConnectionName}'. Set ConnectionStrings__{ConnectionName}, for example " +
                "'Host=localhost;Username=agent;Password=…;Database=agent'; for a database of your own to play with run 'dotnet dev.cs up'.");

        var section = configuration.GetSection("Database");
        return Check(new DatabaseConfig
        {
            ConnectionString = connectionString,
            Type = type,
            SchemaName = testId ?? section["Schema"] ?? LeasedSchema(type, connectionString) ?? "agent",
            MinPoolSize = section.GetValue("MinPoolSize", 0),
            MaxPoolSize = section.GetValue("MaxPoolSize", 100),
            ExtensionSchema = section["ExtensionSchema"] ?? "extensions",
            Role = section["Role"],
            Partitions = section.GetValue("Partitions", 0),
        });
    }

    static DatabaseType TypeOf(string environment) => environment.ToUpperInvariant() switch
    {
        "DEVELOPMENT" => DatabaseType.Development,
        "TEST" or "TESTING" => DatabaseType.Test,
        _ => DatabaseType.Production,
    };

    /// <summary>A lease's connection string has the unit as the first schema of its search path.</summary>
    static string? LeasedSchema(DatabaseType type, string connectionString)
        => type == DatabaseType.Test && Parse(connectionString).SearchPath is { Length: > 0 } path
            ? path.Split(',')[0].Trim().Trim('"')
            : null;

    static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Npgsql's own message may repeat the string, and with it the password.
            throw new DatabaseConfigurationException(
                $"The connection string '{ConnectionName}' is not one that Npgsql understands; it looks like 'Host=…;Username=…;Password=…;Database=…'.");
        }
    }

    static DatabaseConfig Check(DatabaseConfig config)
    {
        if (string.IsNullOrWhiteSpace(Parse(config.ConnectionString).Host))
            throw new DatabaseConfigurationException($"The connection string '{ConnectionName}' names no host.");
        CheckIdentifier(config.SchemaName, nameof(config.SchemaName));
        CheckIdentifier(config.ExtensionSchema, nameof(config.ExtensionSchema));
        if (config.Role is not null)
            CheckIdentifier(config.Role, nameof(config.Role));
        if (config.MinPoolSize < 0 || config.MaxPoolSize < 1 || config.MinPoolSize > config.MaxPoolSize)
            throw new DatabaseConfigurationException(
                $"The pool limits {config.MinPoolSize} to {config.MaxPoolSize} make no sense: 0 <= MinPoolSize <= MaxPoolSize, MaxPoolSize >= 1 (Database:MinPoolSize, Database:MaxPoolSize).");
        if (config.Partitions is < 0 or > 1024)
            throw new DatabaseConfigurationException($"Database:Partitions is {config.Partitions}; it must be 0 (plain tables) to 1024.");
        return config;
    }

    static void CheckIdentifier(string value, string name)
    {
        // Postgres cuts longer identifiers silently: two long names could become the same schema.
        if (string.IsNullOrWhiteSpace(value) || value.Contains('\0') || Encoding.UTF8.GetByteCount(value) > 63)
            throw new DatabaseConfigurationException($"{name} '{value}' is not a Postgres identifier: 1 to 63 bytes, no NUL.");
    }
}
