using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Ways;

/// <summary>A new database per test, copied from a migrated template.</summary>
sealed class TemplateDatabase(string name, string strategy, PostgresServer server) : Way(name, server)
{
    NpgsqlDataSource? admin;
    int count;

    public override bool BuildsAnew => true;

    public override async Task PrepareAsync(SchemaSet set, int parallel, CancellationToken token)
    {
        if (admin is not null) return;
        admin = NpgsqlDataSource.Create(Server.ConnectionString);
        await ExecuteAsync(admin, "create database template_of_tests", token);
        await using (var source = Open(database: "template_of_tests"))
        {
            await ExecuteAsync(source, $"create schema if not exists {PostgresServer.ExtensionSchema}; create extension if not exists vector schema {PostgresServer.ExtensionSchema}", token);
            await ExecuteAsync(source, set.MigrateSql + set.SeedSql, token);
        }
        await ExecuteAsync(admin, "checkpoint", token);
    }

    public override async Task<Lease> LeaseAsync(int lane, CancellationToken token)
    {
        var database = $"copy_{Interlocked.Increment(ref count)}";
        await ExecuteAsync(admin!, $"create database {database} template template_of_tests strategy {strategy}", token);
        var source = Open(database: database);
        return new DelegateLease(await source.OpenConnectionAsync(token), async () =>
        {
            await source.DisposeAsync();
            await ExecuteAsync(admin!, $"drop database {database} with (force)", CancellationToken.None);
        });
    }

    public override async ValueTask DisposeAsync()
    {
        if (admin is not null) await admin.DisposeAsync();
        await base.DisposeAsync();
    }
}
