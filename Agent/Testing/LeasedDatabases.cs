using System.Collections.Concurrent;
using Agent.Database;
using Npgsql;

namespace Agent.Testing;

/// <summary>The databases that requests with a lease work on: one per schema, on the server that the agent was started with.</summary>
/// <param name="home">The database of requests without a lease.</param>
sealed class LeasedDatabases(AgentDatabase home) : IDatabaseProvider, IAsyncDisposable
{
    // Few, as many schemas share the server's connections; let go of soon, as a schema that was dropped is not coming back.
    const int Connections = 10;
    const int IdleSeconds = 5;

    readonly ConcurrentDictionary<string, Unit> units = new();
    readonly SemaphoreSlim asking = new(1);
    // Flows with the request into all that it starts, also what goes on after the answer.
    readonly AsyncLocal<AgentDatabase?> current = new();

    public AgentDatabase Current => current.Value ?? home;

    /// <summary>Routes the rest of the calling request, and what it starts, to <paramref name="database"/>.</summary>
    /// <remarks>Not in an async method of its own: the caller would not see it.</remarks>
    public void Enter(AgentDatabase database) => current.Value = database;

    /// <summary>The database of a lease; null when its schema is not a test's, or has been leased again since.</summary>
    public async ValueTask<AgentDatabase?> FindAsync(TestLease lease, CancellationToken cancellationToken)
    {
        if (units.TryGetValue(lease.SchemaName, out var unit) && unit.Latest == lease.Number) return unit.Database;
        // Asked once per lease, as the schema may have been dropped since it was last leased; and by one request at a time,
        // as a burst of first requests would take all connections of the server.
        await asking.WaitAsync(cancellationToken);
        try
        {
            unit = units.GetValueOrDefault(lease.SchemaName);
            if (unit?.Latest == lease.Number) return unit.Database;
            if (unit?.Latest > lease.Number || !await ExistsAsync(lease.SchemaName, cancellationToken)) return null;
            var database = unit?.Database ?? Open(lease.SchemaName);
            units[lease.SchemaName] = new(database, lease.Number);
            return database;
        }
        finally
        {
            asking.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        asking.Dispose();
        foreach (var unit in units.Values) await unit.Database.DisposeAsync();
    }

    async Task<bool> ExistsAsync(string schema, CancellationToken cancellationToken)
    {
        if (schema == home.Config.SchemaName || schema == home.Config.ExtensionSchema || schema is "public" or "information_schema"
            || schema.StartsWith("pg_", StringComparison.Ordinal))
        {
            return false;
        }
        await using var command = home.DataSource.CreateCommand("select from pg_namespace where nspname = $1");
        command.Parameters.Add(new() { Value = schema });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken);
    }

    AgentDatabase Open(string schema) => new(home.Config with
    {
        SchemaName = schema,
        MinPoolSize = 0,
        MaxPoolSize = Math.Min(home.Config.MaxPoolSize, Connections),
        ConnectionString = new NpgsqlConnectionStringBuilder(home.Config.ConnectionString)
        {
            ConnectionIdleLifetime = IdleSeconds,
            ConnectionPruningInterval = 1,
        }.ConnectionString,
    });

    sealed record Unit(AgentDatabase Database, long Latest);
}
