using System.Diagnostics;
using System.Globalization;
using Benchmarks.Ways;
using Postgres.Testing;

namespace Benchmarks.Isolation;

/// <summary>A process like a test process: its time from start to first lease, and its server's memory after a 4-worker run.</summary>
static class WorkerProcess
{
    const int Workers = 4;

    /// <summary>Name of the hidden command that such a process runs.</summary>
    public const string Command = "worker";

    /// <summary>Best of several processes, since a first one may fill caches (initdb's result, pages of the binaries).</summary>
    public static async Task<(double FirstLeaseMs, double MemoryPssMb)> MeasureAsync(CancellationToken token)
    {
        var (fastest, memory) = (double.MaxValue, 0d);
        for (var run = 0; run < 4; run++)
        {
            var begun = Stopwatch.GetTimestamp();
            using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Command) { RedirectStandardOutput = true })!;
            await process.StandardOutput.ReadLineAsync(token);
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            memory = Math.Max(memory, double.Parse(await process.StandardOutput.ReadLineAsync(token) ?? "NaN", CultureInfo.InvariantCulture));
            await process.WaitForExitAsync(token);
        }
        return (Math.Round(fastest), memory);
    }

    public static async Task<int> RunAsync(CancellationToken token)
    {
        var set = SchemaSet.All[0];
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var databases = await TestDatabases.CreateAsync(server, Recycled.Options(set, TestIsolation.Schema, Workers), token);
        await using (await databases.LeaseAsync("first", token)) Console.WriteLine("leased");
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var test = 0; test < 50; test++)
            {
                await using var database = await databases.LeaseAsync($"test {worker}", token);
                await using var connection = await database.DataSource.OpenConnectionAsync(token);
                await TestBody.VectorAsync(connection, token);
            }
        }, token)));
        Console.WriteLine(((await ServerMemory.ReadPssAsync(server, token) ?? 0) / 1e6).ToString("0.0", CultureInfo.InvariantCulture));
        return 0;
    }
}
