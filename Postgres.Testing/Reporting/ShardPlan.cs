using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postgres.Testing;

/// <summary>Splits a suite into parts of about equal duration, the same way on every machine.</summary>
/// <remarks>Longest first, each to the part that has least so far: at most a third above the best split, and far closer with many
/// short tests (R. L. Graham, <i>Bounds on multiprocessing timing anomalies</i>, 1969).</remarks>
public static class ShardPlan
{
    /// <summary>The largest number of parts.</summary>
    public const int MostParts = 10_000;

    /// <summary>Reads the name of a part, such as <c>2/8</c>; null when it is none.</summary>
    public static (int Number, int Count)? Parse(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return part.Split('/') is [var first, var second] && int.TryParse(first, CultureInfo.InvariantCulture, out var number) && int.TryParse(second, CultureInfo.InvariantCulture, out var count)
            && number >= 1 && number <= count && count <= MostParts ? (number, count) : null;
    }

    /// <summary>Assigns every test to one part.</summary>
    /// <param name="tests">Names of the tests; order and repetition do not matter.</param>
    /// <param name="durations">Known durations in milliseconds; a test without one counts as the median.</param>
    /// <param name="count">Number of parts, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such number of parts.</exception>
    public static IReadOnlyList<Shard> Create(IEnumerable<string> tests, IReadOnlyDictionary<string, double> durations, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(durations);
        var known = durations.Values.Order().ToList();
        var median = known.Count == 0 ? 1 : Math.Max(known[known.Count / 2], 0.001);
        var parts = Enumerable.Range(1, count).Select(number => (Tests: new List<string>(), Number: number)).ToArray();
        var load = new PriorityQueue<int, (double Load, int Number)>(parts.Select((_, index) => (index, (0d, index))));
        foreach (var (test, duration) in tests.Distinct(StringComparer.Ordinal).Select(test => (Test: test, Duration: durations.GetValueOrDefault(test, median)))
            .OrderByDescending(pair => pair.Duration).ThenBy(pair => pair.Test, StringComparer.Ordinal))
        {
            load.TryDequeue(out var index, out var so);
            parts[index].Tests.Add(test);
            load.Enqueue(index, (so.Load + duration, index));
        }
        return [.. parts.Select(part => new Shard(part.Number, part.Tests, part.Tests.Sum(test => durations.GetValueOrDefault(test, median))))];
    }

    /// <summary>Tells plans apart: equal for plans that give the same tests to the same parts, with the same options.</summary>
    /// <param name="plan">All parts.</param>
    /// <param name="options">What chooses among the tests of each part, such as a filter; they follow the fingerprint as they are.</param>
    public static string Fingerprint(IReadOnlyList<Shard> plan, params IEnumerable<string> options) => string.Join(' ', [Hash(plan), .. options]);

    static string Hash(IReadOnlyList<Shard> plan)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join("\n\n", plan.Select(part => string.Join('\n', part.Tests.Order(StringComparer.Ordinal)))))))[..16];
}

/// <summary>One part of a suite.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Tests">Names of its tests.</param>
/// <param name="Milliseconds">What they took when they were last seen.</param>
public sealed record Shard(int Number, IReadOnlyList<string> Tests, double Milliseconds);
