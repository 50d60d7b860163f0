using Npgsql;

namespace Agent.Database;

/// <summary>What the migrations stand on and a database may lack: the schema and the <c>vector</c> extension.</summary>
static class Prerequisites
{
    public static async Task EnsureAsync(NpgsqlConnection connection, DatabaseConfig config, CancellationToken cancellationToken)
    {
        var (schema, extensions) = (Sql.Quote(config.SchemaName), Sql.Quote(config.ExtensionSchema));
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // "if not exists" alone is no guard against a replica that does the same at the same moment.
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('career agent prerequisites', 0))", cancellationToken);
        if (!await ExistsAsync(connection, "select exists (select from pg_namespace where nspname = $1)", config.SchemaName, cancellationToken))
            await CreateAsync(connection, $"create schema {schema}", $"the schema {schema}", cancellationToken);

        var installedIn = await ExtensionSchemaAsync(connection, cancellationToken);
        if (installedIn is null)
        {
            await CreateAsync(connection, $"create schema if not exists {extensions}; create extension vector schema {extensions}",
                "the extension 'vector'", cancellationToken);
        }
        else if (installedIn != config.ExtensionSchema)
        {
            throw new DatabaseConfigurationException(
                $"The extension 'vector' is in the schema {Sql.Quote(installedIn)}, but Database:ExtensionSchema is {extensions}. " +
                $"Set Database__ExtensionSchema={installedIn}, or move it: alter extension vector set schema {extensions};");
        }
        await transaction.CommitAsync(cancellationToken);
        if (installedIn is null)
            await connection.ReloadTypesAsync(cancellationToken);
    }

    static async Task CreateAsync(NpgsqlConnection connection, string sql, string what, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ExecuteAsync(sql, cancellationToken);
        }
        catch (PostgresException e)
        {
            var hint = e.SqlState == PostgresErrorCodes.UndefinedFile || e.MessageText.Contains("control file", StringComparison.Ordinal)
                ? "pgvector is not installed on the database server (Debian, Ubuntu: apt-get install postgresql-N-pgvector)."
                : $"Run this once as a superuser or the owner of the database: {sql};";
            throw new DatabaseConfigurationException($"The agent could not create {what}: {e.MessageText}. {hint}", e);
        }
    }

    static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    static async Task<string?> ExtensionSchemaAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'", connection);
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }
}
