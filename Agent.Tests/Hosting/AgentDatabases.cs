using Agent.Database;
using Agent.Tests.Hosting;
using Postgres.Testing;
using Postgres.Testing.Xunit;

[assembly: AssemblyFixture(typeof(AgentDatabases))]
[assembly: AssemblyFixture(typeof(AgentHosts))]

namespace Agent.Tests.Hosting;

/// <summary>The databases of all tests: a schema each, made by the agent's own migrations.</summary>
public sealed class AgentDatabases : PostgresFixture
{
    protected override TestDatabasesOptions Options { get; } = new()
    {
        Migrate = (connection, cancellationToken) => Migrator.MigrateAsync(connection, ConfigOf("migrated by its connection"), cancellationToken: cancellationToken),
    };

    protected override Task<PostgresServer> StartServerAsync(CancellationToken cancellationToken) => TestServers.StartAsync(cancellationToken);

    /// <summary>What a configuration made by hand starts from.</summary>
    static DatabaseConfig ConfigOf(string schema) => new() { ConnectionString = "Host=lease", SchemaName = schema, Type = DatabaseType.Test };
}
