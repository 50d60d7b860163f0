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
}
