using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Ways;

/// <summary>A schema per parallel test that stays, with its pool; after each test one statement list empties every table and puts
/// the seed back from a pristine copy. <c>empty</c> makes the statements from the tables, which are in foreign-key order.</summary>
sealed class ResetSchema(string name, PostgresServer server, Func<IReadOnlyList<string>, string> empty) : Way(name, server)
{
    readonly List<NpgsqlDataSource> lanes = [];
    string reset = "";

    public static ResetSchema Truncate(PostgresServer server) => new("truncate-all", server,
        tables => $"truncate {string.Join(", ", tables)} restart identity cascade;");

    public static ResetSchema Delete(PostgresServer server) => new("delete-all", server,
        tables => string.Concat(tables.Reverse().Select(table => $"delete from {table};")));

    public override async Task PrepareAsync(SchemaSet set, int parallel, CancellationToken token)
    {
        reset = empty(set.Tables) + string.Concat(set.SeededTables.Select(table =>
            $"insert into {table} overriding system value select * from pristine_{table}; select setval(pg_get_serial_sequence('{table}', 'id'), max(id)) from {table};"));
        for (var lane = lanes.Count; lane < parallel; lane++)
        {
            var source = Open($"lane_{lane}");
            lanes.Add(source);
            await ExecuteAsync(source, $"create schema lane_{lane}", token);
            await ExecuteAsync(source, set.MigrateSql + set.SeedSql, token);
            await ExecuteAsync(source, string.Concat(set.SeededTables.Select(table => $"create table pristine_{table} as table {table};")), token);
        }
    }

    public override async Task<Lease> LeaseAsync(int lane, CancellationToken token)
    {
        var source = lanes[lane];
        return new DelegateLease(await source.OpenConnectionAsync(token), () => ExecuteAsync(source, reset, CancellationToken.None));
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var lane in lanes) await lane.DisposeAsync();
        await base.DisposeAsync();
    }
}
