using Benchmarks.Ways;
using Npgsql;

namespace Benchmarks.Isolation;

/// <summary>The case in which dead rows of earlier tests hide the rows of this one: 60 vectors near the query, inserted by a test
/// that then ended; 50 others farther away, inserted by the next test; its top 10 through the HNSW index.</summary>
static class VectorCase
{
    // A pool may hand out a spare unit first: enough tests in a row see every unit of a one-worker pool after another test.
    const int Units = 3;

    /// <summary>Rows found of the 10 that are there, in the worst of several tests.</summary>
    public static Task<int> RowsOf10Async(Way way, CancellationToken token)
        => RowsOf10Async(test => InTestAsync(way, test, token), way.BuildsAnew ? 1 : Units, token);

    /// <summary>As the other overload, where <paramref name="inTest"/> runs what it is given as a test of its own.</summary>
    public static async Task<int> RowsOf10Async(Func<Func<NpgsqlConnection, Task>, Task> inTest, int tests, CancellationToken token)
    {
        for (var test = 0; test < tests; test++)
            await inTest(connection => InsertAsync(connection, 60, distance: 0.1, seed: 1000 * test, token));
        var worst = 10;
        for (var test = 0; test < tests; test++)
        {
            await inTest(async connection =>
            {
                await InsertAsync(connection, 50, distance: 10, seed: 100_000 + 1000 * test, token);
                worst = Math.Min(worst, await NearestAsync(connection, token));
            });
        }
        return worst;
    }

    static async Task InTestAsync(Way way, Func<NpgsqlConnection, Task> test, CancellationToken token)
    {
        var lease = await way.LeaseAsync(0, token);
        await test(lease.Connection);
        await lease.CloseAsync();
        await lease.ReturnAsync();
    }

    static async Task InsertAsync(NpgsqlConnection connection, int count, double distance, int seed, CancellationToken token)
    {
        for (var number = 0; number < count; number++)
        {
            await using var insert = new NpgsqlCommand("insert into memories (embedding) values ($1::real[]::vector)", connection)
            {
                Parameters = { new() { Value = TestBody.Vector(seed + number, distance) } },
            };
            await insert.ExecuteNonQueryAsync(token);
        }
    }

    static async Task<int> NearestAsync(NpgsqlConnection connection, CancellationToken token)
    {
        const string Query = "select id from memories order by embedding <-> array_fill(0, array[16])::vector limit 10";
        await using (var settings = new NpgsqlCommand("set enable_seqscan = off; set enable_sort = off; set hnsw.iterative_scan = off", connection))
            await settings.ExecuteNonQueryAsync(token);
        await using (var explain = new NpgsqlCommand("explain " + Query, connection))
        await using (var plan = await explain.ExecuteReaderAsync(token))
        {
            var lines = new List<string>();
            while (await plan.ReadAsync(token)) lines.Add(plan.GetString(0));
            if (!lines.Exists(line => line.Contains("Index Scan using memories_embedding_idx", StringComparison.Ordinal)))
                throw new InvalidOperationException("The query did not go through the vector index:\n" + string.Join('\n', lines));
        }
        await using var command = new NpgsqlCommand(Query, connection);
        await using var reader = await command.ExecuteReaderAsync(token);
        var rows = 0;
        while (await reader.ReadAsync(token)) rows++;
        return rows;
    }
}
