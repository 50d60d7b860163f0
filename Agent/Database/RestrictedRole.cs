using Npgsql;

namespace Agent.Database;

/// <summary>A login that row-level security cannot bind works as a role that it can.</summary>
static class RestrictedRole
{
    /// <summary>Makes the role where the login needs it, and grants it the agent's tables, no more.</summary>
    public static async Task GrantAsync(NpgsqlConnection connection, DatabaseConfig config, CancellationToken cancellationToken)
    {
        if (config.Role is null && !await IsUnboundAsync(connection, cancellationToken))
            return;
        var name = config.Role ?? AgentDatabase.RestrictedRole;
        var (role, extensions) = (Sql.Quote(name), Sql.Quote(config.ExtensionSchema));
        // Two schemas that are migrated at once would change the same catalogue rows.
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('career agent role', 0))", cancellationToken);
        if (config.Role is null)
        {
            // Roles belong to the cluster: another database's migration may make it at the same moment.
            await connection.ExecuteAsync($"""
                do $$ begin
                    if not exists (select from pg_roles where rolname = '{AgentDatabase.RestrictedRole}') then
                        create role {role} nologin;
                    end if;
                exception when duplicate_object or unique_violation then null;
                end $$;
                """, cancellationToken);
        }
        await using var command = new NpgsqlCommand("select quote_ident(current_schema())", connection);
        var schema = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        await connection.ExecuteAsync($"""
            grant usage on schema {schema} to {role};
            grant select, insert, update, delete on all tables in schema {schema} to {role};
            revoke insert, update, delete on schema_migrations, embedding_models from {role};
            grant usage on all sequences in schema {schema} to {role};
            do $$ begin
                if not has_schema_privilege('{name.Replace("'", "''", StringComparison.Ordinal)}', '{config.ExtensionSchema.Replace("'", "''", StringComparison.Ordinal)}', 'usage') then
                    grant usage on schema {extensions} to {role};
                end if;
            end $$;
            """, cancellationToken);
    }

    /// <summary>Refuses a role of the configuration that nobody can work as.</summary>
    /// <param name="dataSource">Connections of the login.</param>
    /// <param name="config">Names the role.</param>
    /// <param name="asMember">Whether this login is to work as the role; the login of the migrations need not be able to.</param>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    /// <exception cref="DatabaseConfigurationException">There is no such role, or the login is no member of it.</exception>
    public static async Task CheckAsync(NpgsqlDataSource dataSource, DatabaseConfig config, bool asMember, CancellationToken cancellationToken)
    {
        if (config.Role is not { } role)
            return;
        await using var command = dataSource.CreateCommand("select current_user::text, (select pg_has_role(oid, 'member') from pg_roles where rolname = $1)");
        command.Parameters.Add(new() { Value = role });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.IsDBNull(1))
            throw new DatabaseConfigurationException(
                $"Database:Role is '{role}', but the database server has no such role. Make it as a superuser (create role {Sql.Quote(role)} nologin;), or leave the setting out.");
        if (asMember && !reader.GetBoolean(1))
            throw new DatabaseConfigurationException(
                $"Database:Role is '{role}', but the login '{reader.GetString(0)}' may not work as it. Run this as a superuser: grant {Sql.Quote(role)} to {Sql.Quote(reader.GetString(0))};");
    }

    static async Task<bool> IsUnboundAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select rolsuper or rolbypassrls from pg_roles where rolname = current_user", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
