using System.Diagnostics;
using Benchmarks.Ways;
using Npgsql;

namespace Benchmarks.Isolation;

/// <summary>Samples of one way with one schema set at one number of parallel tests, gathered over many short turns.</summary>
sealed class Measurement(Way way, SchemaSet set, int parallel)
{
    readonly List<double> leases = [];
    readonly List<double> returns = [];
    readonly Lock gate = new();
    double seconds;

    public Way Way => way;

    /// <summary>One turn: as many tests at once as there are lanes, one after the other in each lane until the time is over.</summary>
    public async Task TakeTurnAsync(TimeSpan time, bool keep, Func<NpgsqlConnection, CancellationToken, Task> body, CancellationToken token)
    {
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(lane => Task.Run(async () =>
        {
            do
            {
                var asked = Stopwatch.GetTimestamp();
                var lease = await way.LeaseAsync(lane, token);
                var leased = Stopwatch.GetElapsedTime(asked);
                await body(lease.Connection, token);
                await lease.CloseAsync();
                var ended = Stopwatch.GetTimestamp();
                await lease.ReturnAsync();
                var returned = Stopwatch.GetElapsedTime(ended);
                if (!keep) continue;
                lock (gate)
                {
                    leases.Add(leased.TotalMilliseconds);
                    returns.Add(returned.TotalMilliseconds);
                }
            }
            while (Stopwatch.GetElapsedTime(begun) < time);
        }, token)));
        if (keep) seconds += Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    public IsolationRow ToRow(double memoryPssMb, int? vectorRowsOf10) => new(
        way.Name, set.Name, parallel,
        Percentile(leases, 50), Percentile(leases, 95), Percentile(leases, 99),
        Percentile(returns, 50), Percentile(returns, 95), Percentile(returns, 99),
        Math.Round(leases.Count / seconds, 1), memoryPssMb, vectorRowsOf10);

    public static double Percentile(List<double> samples, double percent)
    {
        samples.Sort();
        return Math.Round(samples[Math.Clamp((int)Math.Ceiling(samples.Count * percent / 100) - 1, 0, samples.Count - 1)], 4);
    }
}
