using Npgsql;

namespace Agent.Database;

/// <summary>Brings a schema to the newest version: idempotent, and exactly once however many replicas start together.</summary>
public static class Migrator
{
    /// <summary>SQL that lets one replica at a time change the schema, until its transaction ends. By what the search path says, not by what
    /// it finds (<c>current_schema()</c>): a session may not have heard yet of a schema that another has just made.</summary>
    internal const string Lock = "select pg_advisory_xact_lock(hashtextextended('career agent migrations ' || split_part(current_setting('search_path'), ',', 1), 0))";

    /// <summary>Makes the schema and the extension where they are missing, then applies what is pending.</summary>
    /// <returns>How many migrations were applied.</returns>
    /// <exception cref="DatabaseConfigurationException">The database cannot be migrated; the message says what to do.</exception>
    public static async Task<int> MigrateAsync(AgentDatabase database, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        await RestrictedRole.CheckAsync(database.DataSource, database.Config, asMember: false, cancellationToken);
        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await Prerequisites.EnsureAsync(connection, database.Config, cancellationToken);
        return await MigrateAsync(connection, database.Config, cancellationToken: cancellationToken);
    }

    /// <summary>Applies what is pending to the first schema of the connection's search path, which must exist.</summary>
    /// <param name="connection">An open connection; <c>vector</c> is on its search path too.</param>
    /// <param name="config">Role and partitions; the schema is the connection's.</param>
    /// <param name="migrations">Null: the agent's own.</param>
    /// <param name="cancellationToken">Ends the wait for another replica's migration.</param>
    /// <returns>How many migrations were applied.</returns>
    public static async Task<int> MigrateAsync(
        NpgsqlConnection connection, DatabaseConfig config, IReadOnlyList<Migration>? migrations = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(config);
        migrations ??= Migration.All;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync($"""
            {Lock};
            create table if not exists schema_migrations (
                version int primary key, name text not null, checksum text not null, applied_at timestamptz not null default clock_timestamp());
            """, cancellationToken);
        await connection.ExecuteAsync("select set_config('agent.partitions', $1, true)", cancellationToken, config.Partitions.ToString(null, null));

        var applied = await ReadAppliedAsync(connection, cancellationToken);
        Verify(applied, migrations);
        var pending = migrations.Where(m => !applied.ContainsKey(m.Version)).ToList();
        foreach (var migration in pending)
        {
            await connection.ExecuteAsync(migration.Script, cancellationToken);
            await connection.ExecuteAsync("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)",
                cancellationToken, migration.Version, migration.Name, migration.Checksum);
        }
        if (pending.Count > 0)
            await RestrictedRole.GrantAsync(connection, config, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return pending.Count;
    }

    static async Task<Dictionary<int, (string Name, string Checksum)>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new Dictionary<int, (string, string)>();
        await using var command = new NpgsqlCommand("select version, name, checksum from schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2)));
        return applied;
    }

    static void Verify(Dictionary<int, (string Name, string Checksum)> applied, IReadOnlyList<Migration> migrations)
    {
        foreach (var (version, (name, checksum)) in applied.OrderBy(a => a.Key))
        {
            var migration = migrations.FirstOrDefault(m => m.Version == version)
                ?? throw new DatabaseConfigurationException(
                    $"The schema has migration {version:0000}_{name}, which this version of the agent does not know: start a newer one.");
            if (migration.Checksum != checksum)
                throw new DatabaseConfigurationException(
                    $"Migration {version:0000}_{name} was changed after it had been applied (checksum {checksum[..Math.Min(12, checksum.Length)]}… in the database, " +
                    $"{migration.Checksum[..12]}… in this build). Restore the script and put the change into a new migration.");
        }
    }
}
