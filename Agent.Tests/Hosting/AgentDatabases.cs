using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Agent.Tests.Hosting;
using Npgsql;
using Postgres.Testing;
using Postgres.Testing.Xunit;

[assembly: AssemblyFixture(typeof(AgentDatabases))]
[assembly: AssemblyFixture(typeof(AgentHosts))]
[assembly: AssemblyFixture(typeof(ReplicatedHosts))]

namespace Agent.Tests.Hosting;

/// <summary>The databases of all tests: a schema each, made by the agent's own migrations.</summary>
public sealed class AgentDatabases : PostgresFixture
{
    protected override TestDatabasesOptions Options { get; } = new() { Migrate = (connection, cancellationToken) => MigrateAsync(connection, TestScale.Partitions, cancellationToken) };

    protected override Task<PostgresServer> StartServerAsync(CancellationToken cancellationToken) => TestServers.StartAsync(cancellationToken);

    /// <summary>Makes the agent's tables in the schema that the connection brings.</summary>
    public static async Task MigrateAsync(NpgsqlConnection connection, int partitions, CancellationToken cancellationToken)
    {
        var config = new DatabaseConfig { ConnectionString = "Host=lease", Type = DatabaseType.Test, Partitions = partitions };
        await Migrator.MigrateAsync(connection, config, cancellationToken: cancellationToken);
        await VectorTables.EnsureAsync(connection, config, ModelInfo.Offline, cancellationToken);
    }
}
