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
[assembly: TestCaseOrderer(typeof(SeededOrder))]

namespace Agent.Tests.Hosting;

/// <summary>The databases of all tests: a schema each, made by the agent's own migrations.</summary>
public class AgentDatabases : PostgresFixture
{
    protected override TestDatabasesOptions Options => new() { Migrate = (connection, cancellationToken) => MigrateAsync(connection, Partitions, cancellationToken) };

    /// <summary>Hash partitions of messages and vectors; 0 for plain tables.</summary>
    protected virtual int Partitions => TestScale.Partitions;

    /// <summary>The agent that runs as a process of its own; null where it runs in this one.</summary>
    internal virtual IAgentProcess? Agent => Server as IAgentProcess;

    protected override Task<PostgresServer> StartServerAsync(CancellationToken cancellationToken) => TestServers.StartAsync(cancellationToken);

    /// <summary>Makes the agent's tables in the schema that the connection brings.</summary>
    public static async Task MigrateAsync(NpgsqlConnection connection, int partitions, CancellationToken cancellationToken)
    {
        var config = new DatabaseConfig { ConnectionString = "Host=lease", Type = DatabaseType.Test, Partitions = partitions };
        await Migrator.MigrateAsync(connection, config, cancellationToken: cancellationToken);
        await VectorTables.EnsureAsync(connection, config, ModelInfo.Offline, cancellationToken);
    }
}

/// <summary>Databases of one class of tests, with messages and vectors in 16 partitions, on the server of all tests.</summary>
public sealed class PartitionedDatabases(AgentDatabases all) : AgentDatabases
{
    protected override int Partitions => 16;

    internal override IAgentProcess? Agent => all.Agent;

    protected override PostgresFixture SharesServerOf => all;
}
