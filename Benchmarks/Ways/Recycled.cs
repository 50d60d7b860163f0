using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Ways;

/// <summary>This project: units that are reset where a test dirtied them.</summary>
sealed class Recycled(string name, TestIsolation isolation, PostgresServer server) : Way(name, server)
{
    TestDatabases? databases;

    public static TestDatabasesOptions Options(SchemaSet set, TestIsolation isolation, int workers) => new()
    {
        Isolation = isolation,
        Workers = workers,
        Migrate = (connection, token) => ExecuteAsync(connection, set.MigrateSql, token),
        Seed = set.SeedRows == 0 ? null : (connection, token) => ExecuteAsync(connection, set.SeedSql, token),
    };

    public override async Task PrepareAsync(SchemaSet set, int parallel, CancellationToken token)
    {
        if (databases is not null) await databases.DisposeAsync();
        databases = await TestDatabases.CreateAsync(Server, Options(set, isolation, parallel), token);
        // Units are made when first asked for; here all at once, as in a run that is under way.
        var leases = await Task.WhenAll(Enumerable.Range(0, parallel).Select(lane => databases.LeaseAsync($"warm {lane}", token)));
        foreach (var lease in leases) await lease.DisposeAsync();
    }

    public override async Task<Lease> LeaseAsync(int lane, CancellationToken token)
    {
        var database = await databases!.LeaseAsync("benchmark", token);
        return new DelegateLease(await database.DataSource.OpenConnectionAsync(token), async () => await database.DisposeAsync());
    }

    public override async ValueTask DisposeAsync()
    {
        if (databases is not null) await databases.DisposeAsync();
        await base.DisposeAsync();
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(token);
    }
}
