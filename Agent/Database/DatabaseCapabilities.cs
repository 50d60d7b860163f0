using Npgsql;

namespace Agent.Database;

/// <summary>What the server and the login can do.</summary>
/// <param name="VectorVersion">Version of pgvector.</param>
/// <param name="Role">Role to work as; null when row-level security binds the login itself.</param>
public sealed record DatabaseCapabilities(Version VectorVersion, string? Role)
{
    /// <summary>pgvector 0.8 goes on scanning its index until enough rows pass the filter; before it, a filter may starve the answer.</summary>
    public bool HasIterativeScan => VectorVersion >= new Version(0, 8);

    internal static async Task<DatabaseCapabilities> ReadAsync(NpgsqlDataSource dataSource, DatabaseConfig config, CancellationToken cancellationToken)
    {
        await RestrictedRole.CheckAsync(dataSource, config, asMember: true, cancellationToken);
        await using var command = dataSource.CreateCommand("""
            select (select extversion from pg_extension where extname = 'vector'),
                   (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.IsDBNull(0))
            throw new DatabaseConfigurationException(
                "The database has no extension 'vector'. Run the migrations ('dotnet run --project Agent -- migrate'), or as a superuser: " +
                $"create schema if not exists {Sql.Quote(config.ExtensionSchema)}; create extension vector schema {Sql.Quote(config.ExtensionSchema)};");
        return new(Version.Parse(reader.GetString(0)), config.Role ?? (reader.GetBoolean(1) ? AgentDatabase.RestrictedRole : null));
    }
}
