using Postgres.Testing;

namespace Agent.Tests.Security;

/// <summary>The tables of a schema as the catalogue has them, so that a new table is covered by itself.</summary>
static class Tables
{
    /// <summary>All tables that hold rows of users, with the column that says whose.</summary>
    public static async Task<IReadOnlyList<(string Name, string UserColumn)>> WithUserAsync(TestDatabase database, CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand("""
            select c.relname, case when c.relname = 'users' then 'id' else 'user_id' end
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition
                and c.relname not in ('schema_migrations', 'embedding_models') order by 1
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tables = new List<(string, string)>();
        while (await reader.ReadAsync(cancellationToken))
            tables.Add((reader.GetString(0), reader.GetString(1)));
        return tables;
    }
}
