using System.Diagnostics;
using Benchmarks.Ways;
using Postgres.Testing;

namespace Benchmarks.Isolation;

/// <summary>What the project promises, checked against the run that was just made.</summary>
static class Goals
{
    public static async Task<IReadOnlyList<Goal>> CheckAsync(IReadOnlyList<IsolationRow> rows, bool quick, CancellationToken token)
    {
        var recycled = Row(rows, "recycled-schema", "small-5", 1);
        var template = Row(rows, "template-database", "small-5", 1);
        var truncate = Row(rows, "truncate-all", "small-5", 1);
        var (vectorReturn, roundTrips) = await ReturnAsync(TimeSpan.FromSeconds(quick ? 1 : 4), token);
        var (firstLease, memory) = await WorkerProcess.MeasureAsync(token);
        var truncateRatio = truncate.ReturnP50Ms / recycled.ReturnP50Ms;
        var templateRatio = (template.LeaseP50Ms + template.ReturnP50Ms) / (recycled.LeaseP50Ms + recycled.ReturnP50Ms);
        var perSecond = Row(rows, "recycled-schema", "small-5", 4).TestsPerSecond;
        var growth = Row(rows, "recycled-schema", "large-200", 1).ReturnP50Ms / recycled.ReturnP50Ms;
        return
        [
            Goal.Below("lease p50", recycled.LeaseP50Ms, 0.05, "ms"),
            Goal.Below("return p50", recycled.ReturnP50Ms, 0.35, "ms"),
            Goal.Below("return p50, vector table written", vectorReturn, 1.2, "ms"),
            Goal.Below("round trips of a return", roundTrips, 4, ""),
            Goal.AtLeast("return, cheaper than TRUNCATE all", truncateRatio, 8, "×"),
            Goal.AtLeast("lease + return, cheaper than a template database", templateRatio, 100, "×"),
            Goal.AtLeast("tests per second at 4 workers", perSecond, 1000, ""),
            Goal.Below("return with 200 tables, relative to 5", growth, 3, "×"),
            Goal.Below("first lease after process start, warm cache", firstLease, 400, "ms"),
            Goal.Below("memory of a 4-worker run (PSS)", memory, 100, "MB"),
            new("vector rows after other tests", "10 of 10", Found(rows), Found(rows) == "10 of 10"),
        ];
    }

    static string Found(IReadOnlyList<IsolationRow> rows)
        => $"{rows.Where(row => row.Way.StartsWith("recycled", StringComparison.Ordinal)).Min(row => row.VectorRowsOf10)} of 10";

    static IsolationRow Row(IReadOnlyList<IsolationRow> rows, string way, string set, int parallel)
        => rows.Single(row => row.Way == way && row.SchemaSet == set && row.Parallel == parallel);

    /// <summary>The return after a test that wrote the vector table, and how many commands a return sends.</summary>
    static async Task<(double VectorP50, double RoundTrips)> ReturnAsync(TimeSpan time, CancellationToken token)
    {
        await using var way = new Recycled("recycled-schema", TestIsolation.Schema, await EmbeddedPostgres.StartAsync(cancellationToken: token));
        await way.PrepareAsync(SchemaSet.All[0], 1, token);
        var measurement = new Measurement(way, SchemaSet.All[0], 1);
        await measurement.TakeTurnAsync(time / 4, keep: false, TestBody.VectorAsync, token);
        await measurement.TakeTurnAsync(time, keep: true, TestBody.VectorAsync, token);
        return (measurement.ToRow(0, null).ReturnP50Ms, await RoundTripsAsync(way, token));
    }

    static async Task<double> RoundTripsAsync(Way way, CancellationToken token)
    {
        const int Tests = 50;
        var (counting, commands) = (false, 0);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ => { if (Volatile.Read(ref counting)) Interlocked.Increment(ref commands); },
        };
        ActivitySource.AddActivityListener(listener);
        for (var test = 0; test < Tests; test++)
        {
            var lease = await way.LeaseAsync(0, token);
            await TestBody.PlainAsync(lease.Connection, token);
            await lease.CloseAsync();
            Volatile.Write(ref counting, true);
            await lease.ReturnAsync();
            Volatile.Write(ref counting, false);
        }
        return (double)commands / Tests;
    }
}
