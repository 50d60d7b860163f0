namespace Agent.Database;

/// <summary>Where the agent's tables are and how they are reached. Everything that differs between production and a test.</summary>
public sealed record DatabaseConfig
{
    /// <summary>Npgsql connection string. Its search path is replaced by <see cref="SchemaName"/>, then <see cref="ExtensionSchema"/>.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Schema of the agent's tables; at most 63 bytes, any characters (it is always quoted).</summary>
    public string SchemaName { get; init; } = "agent";

    /// <summary>What kind of database it is.</summary>
    public DatabaseType Type { get; init; } = DatabaseType.Production;

    /// <summary>Connections kept open when idle.</summary>
    public int MinPoolSize { get; init; }

    /// <summary>Connections open at once. A turn holds one for as long as the model takes to answer.</summary>
    public int MaxPoolSize { get; init; } = 100;

    /// <summary>Schema that holds the <c>vector</c> extension, outside of <see cref="SchemaName"/>.</summary>
    public string ExtensionSchema { get; init; } = "extensions";

    /// <summary>
    /// Role that every request's work runs as. Null: the login itself, unless row-level security cannot bind the login
    /// (superuser, BYPASSRLS); then <see cref="AgentDatabase.RestrictedRole"/>, which the migrations make.
    /// </summary>
    public string? Role { get; init; }

    /// <summary>Hash partitions (by user) of <c>messages</c> and <c>vectors</c>; 0 makes plain tables. Fixed by the first migration.</summary>
    public int Partitions { get; init; }
}
