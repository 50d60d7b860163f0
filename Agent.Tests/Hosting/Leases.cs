using Agent.Database;
using Postgres.Testing;

namespace Agent.Tests.Hosting;

public static class Leases
{
    /// <summary>The lease as the agent's configuration.</summary>
    public static DatabaseConfig ToConfig(this TestDatabase lease) => new()
    {
        ConnectionString = lease.ConnectionString,
        SchemaName = lease.SchemaName,
        Type = DatabaseType.Test,
    };

    /// <summary>The lease as the agent's database, on the lease's own connections.</summary>
    public static AgentDatabase ToAgentDatabase(this TestDatabase lease) => new(lease.ToConfig(), lease.DataSource);

    /// <summary>Makes the agent's tables anew, partitioned. The engine sees the DDL, and rebuilds the unit after the test.</summary>
    public static async Task RemakeAsync(TestDatabase lease, int partitions, CancellationToken cancellationToken)
    {
        await using var connection = await lease.DataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync("""
            do $$ declare item text; begin
                for item in select c.oid::regclass from pg_class c
                    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition loop
                    execute format('drop table %s cascade', item);
                end loop;
            end $$
            """, cancellationToken);
        await AgentDatabases.MigrateAsync(connection, partitions, cancellationToken);
    }
}
