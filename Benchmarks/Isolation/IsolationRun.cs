using System.Diagnostics;
using Benchmarks.Ways;
using Postgres.Testing;

namespace Benchmarks.Isolation;

/// <summary>The whole comparison: every way has a server of its own, all are up at once, and they take short turns, so that drift
/// of the machine hits all alike.</summary>
sealed class IsolationRun(bool quick, Action<string> progress)
{
    static readonly int[] Parallels = [1, 4, 16];
    static readonly int DefaultWorkers = new EmbeddedPostgresOptions().Workers;

    readonly TimeSpan turn = TimeSpan.FromMilliseconds(quick ? 80 : 400);
    readonly int rounds = quick ? 3 : 8;
    readonly Stopwatch elapsed = Stopwatch.StartNew();

    // A quick run ends in time on a slow machine too: then every cell has the one turn that it needs.
    bool InHurry => quick && elapsed.Elapsed > TimeSpan.FromSeconds(30);

    public async Task<IsolationReport> RunAsync(CancellationToken token)
    {
        var rows = new List<IsolationRow>();
        var vectorRows = new Dictionary<(string Way, string Set), int>();
        Machine? machine = null;
        foreach (var set in SchemaSet.All)
        {
            foreach (var parallels in Parallels.GroupBy(parallel => Math.Max(parallel, DefaultWorkers)))
            {
                var ways = await StartAsync(workers: parallels.Key, token);
                try
                {
                    machine ??= Machine.Read(ways[0].Server.Capabilities);
                    foreach (var parallel in parallels)
                        rows.AddRange(await MeasureAsync(ways, set, parallel, token));
                    if (parallels.Key > DefaultWorkers) continue;
                    // Last, since its dead rows would be in the way of the timings; with the fewest workers, whose units are the fewest to drop.
                    foreach (var way in ways)
                    {
                        await way.PrepareAsync(set, 1, token);
                        vectorRows[(way.Name, set.Name)] = await VectorCase.RowsOf10Async(way, token);
                    }
                }
                finally
                {
                    await Task.WhenAll(ways.Select(way => way.DisposeAsync().AsTask()));
                }
            }
        }
        rows = [.. rows.Select(row => row with { VectorRowsOf10 = vectorRows[(row.Way, row.SchemaSet)] })];
        progress($"{elapsed.Elapsed.TotalSeconds,4:0} s  goals");
        return new(machine!, rows, await Goals.CheckAsync(rows, quick, token));
    }

    async Task<IReadOnlyList<IsolationRow>> MeasureAsync(IReadOnlyList<Way> ways, SchemaSet set, int parallel, CancellationToken token)
    {
        progress($"{elapsed.Elapsed.TotalSeconds,4:0} s  {set.Name}, {parallel} parallel");
        await Task.WhenAll(ways.Select(way => way.PrepareAsync(set, parallel, token)));
        var measurements = ways.Select(way => new Measurement(way, set, parallel)).ToList();
        foreach (var measurement in measurements.Where(measurement => !measurement.Way.BuildsAnew && !InHurry))
            // The first turns of all compile what the later ones run.
            await measurement.TakeTurnAsync(set == SchemaSet.All[0] && parallel == 1 ? TimeSpan.FromSeconds(1) : turn, keep: false, TestBody.PlainAsync, token);
        for (var round = 0; round < rounds; round++)
        {
            // Another one begins each round: none profits from what the one before it always leaves behind.
            foreach (var measurement in measurements.Skip(round % measurements.Count).Concat(measurements.Take(round % measurements.Count)))
            {
                if (round > 0 && (InHurry || (quick && measurement.Way.BuildsAnew))) continue;
                await measurement.TakeTurnAsync(turn, keep: true, TestBody.PlainAsync, token);
            }
        }
        var rows = new List<IsolationRow>();
        foreach (var measurement in measurements)
            rows.Add(measurement.ToRow(Math.Round((await ServerMemory.ReadPssAsync(measurement.Way.Server, token) ?? 0) / 1e6, 1), null));
        return rows;
    }

    /// <param name="workers">Workers that the servers are made for, as their users would.</param>
    /// <param name="token">Ends it.</param>
    static async Task<IReadOnlyList<Way>> StartAsync(int workers, CancellationToken token)
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => EmbeddedPostgres.StartAsync(new() { Workers = workers }, token)));
        return
        [
            new FreshSchema(servers[0]),
            new TemplateDatabase("template-database", "wal_log", servers[1]),
            new TemplateDatabase("template-database-file-copy", "file_copy", servers[2]),
            ResetSchema.Truncate(servers[3]),
            ResetSchema.Delete(servers[4]),
            new TransactionRollback(servers[5]),
            new Recycled("recycled-schema", TestIsolation.Schema, servers[6]),
            new Recycled("recycled-database", TestIsolation.Database, servers[7]),
        ];
    }
}
