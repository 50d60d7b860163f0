using System.Diagnostics;
using System.Globalization;
using Benchmarks.Isolation;
using Benchmarks.Ways;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Soak;

/// <summary>Leases in four lanes, a look at everything ten times on the way. Every fourth test writes vectors, whose table is truncated.</summary>
static class SoakRun
{
    const int Lanes = 4;
    const int Looks = 10;

    public static async Task<SoakReport> RunAsync(int leases, bool named, Action<string> output, CancellationToken token)
    {
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var databases = await TestDatabases.CreateAsync(server, Recycled.Options(SchemaSet.All[0], TestIsolation.Schema, Lanes) with { NameConnections = named }, token);
        await using var look = NpgsqlDataSource.Create(server.ConnectionString);
        var clock = Stopwatch.StartNew();
        List<SoakSample> samples = [];
        var part = Math.Max(leases / Looks, Lanes);
        await TakeAsync(databases, Math.Min(part, 10_000), token); // the warm-up: units, pools, plans, the runtime's own
        for (var taken = 0; taken < leases; taken += part)
        {
            if (samples.Count == 0) samples.Add(await LookAsync(server, databases, look, 0, clock, token));
            await TakeAsync(databases, part, token);
            samples.Add(await LookAsync(server, databases, look, taken + part, clock, token));
            output(string.Create(CultureInfo.InvariantCulture, $"{taken + part} leases, {clock.Elapsed.TotalSeconds:0} s"));
        }
        return new(Machine.Read(server.Capabilities), named, samples);
    }

    static async Task TakeAsync(TestDatabases databases, int leases, CancellationToken token)
    {
        var taken = 0;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref taken) is var number && number <= leases) await LeaseAsync(databases, lane, number, token);
        }, token)));
    }

    /// <summary>One test; returns the milliseconds of its return.</summary>
    static async Task<double> LeaseAsync(TestDatabases databases, int lane, int number, CancellationToken token)
    {
        var lease = await databases.LeaseAsync($"soak {lane}", token);
        await using (var connection = await lease.DataSource.OpenConnectionAsync(token))
            await (number % 4 == 0 ? TestBody.VectorAsync(connection, token) : TestBody.PlainAsync(connection, token));
        var ended = Stopwatch.GetTimestamp();
        var report = await lease.ReturnAsync();
        return report.TaintedBy is null ? Stopwatch.GetElapsedTime(ended).TotalMilliseconds : throw new InvalidOperationException($"A unit was tainted: {report.TaintedBy}");
    }

    static async Task<SoakSample> LookAsync(EmbeddedPostgres server, TestDatabases databases, NpgsqlDataSource look, int leases, Stopwatch clock, CancellationToken token)
    {
        // Alone, and in turns with bare round trips, so that the machine's own moods show in both.
        List<double> trips = [], resets = [];
        await using (var connection = await look.OpenConnectionAsync(token))
        {
            await using var command = new NpgsqlCommand("select 1", connection);
            for (var turn = 0; turn < 500; turn++)
            {
                var begun = Stopwatch.GetTimestamp();
                await command.ExecuteScalarAsync(token);
                trips.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                resets.Add(await LeaseAsync(databases, 0, turn, token));
            }
        }
        await using var size = look.CreateCommand("select sum(pg_total_relation_size(oid))::bigint from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r'");
        var catalogue = (long)(await size.ExecuteScalarAsync(token))!;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return new(leases, Math.Round(clock.Elapsed.TotalSeconds, 1), Mb(await ServerMemory.ReadPssAsync(server, token) ?? 0), Mb(self.WorkingSet64),
            Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : self.HandleCount, Mb(catalogue), Measurement.Percentile(resets, 50), Measurement.Percentile(trips, 50));
    }

    static double Mb(long bytes) => Math.Round(bytes / 1e6, 3);
}
