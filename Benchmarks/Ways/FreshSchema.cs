using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Ways;

/// <summary>A new schema per test: all DDL, a new pool, and a drop at the end.</summary>
sealed class FreshSchema(PostgresServer server) : Way("fresh-schema", server)
{
    NpgsqlDataSource? admin;
    SchemaSet? set;
    int count;

    public override bool BuildsAnew => true;

    public override Task PrepareAsync(SchemaSet set, int parallel, CancellationToken token)
    {
        this.set = set;
        admin ??= NpgsqlDataSource.Create(Server.ConnectionString);
        return Task.CompletedTask;
    }

    public override async Task<Lease> LeaseAsync(int lane, CancellationToken token)
    {
        var schema = $"fresh_{Interlocked.Increment(ref count)}";
        var source = Open(schema);
        await ExecuteAsync(admin!, $"create schema {schema}", token);
        await ExecuteAsync(source, set!.MigrateSql + set.SeedSql, token);
        return new DelegateLease(await source.OpenConnectionAsync(token), async () =>
        {
            await source.DisposeAsync();
            await ExecuteAsync(admin!, $"drop schema {schema} cascade", CancellationToken.None);
        });
    }

    public override async ValueTask DisposeAsync()
    {
        if (admin is not null) await admin.DisposeAsync();
        await base.DisposeAsync();
    }
}
