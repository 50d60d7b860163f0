using System.Text.Json;

namespace Postgres.Testing;

/// <summary>What each test method took, in a file of its own: only runs of the whole suite change it, so that all parts of a
/// suite plan alike, also when they run one after the other in one folder.</summary>
public static class TestDurations
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Milliseconds by full name of the method; empty when there is no such file, or a broken one, which <paramref name="log"/> is told.</summary>
    public static IReadOnlyDictionary<string, double> Read(string file, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (!Path.Exists(file)) return new Dictionary<string, double>();
        try
        {
            var durations = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(file), Json);
            if (durations?.Values.All(value => double.IsFinite(value) && value >= 0) == true) return durations;
            throw new JsonException("it is no list of durations");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            log($"Ignored: {file} does not hold the durations of tests ({failure.Message.TrimEnd('.')}). A run of the whole suite writes it anew.");
            return new Dictionary<string, double>();
        }
    }

    /// <summary>Writes those of a run of the whole suite; a method with several cases has their sum.</summary>
    public static void Write(string file, RunReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        RunReportFiles.Replace(file, JsonSerializer.Serialize(new SortedDictionary<string, double>(report.Tests.GroupBy(test => test.Test.Split('(')[0])
            .ToDictionary(method => method.Key, method => Math.Round(method.Sum(test => test.TotalMs), 3)), StringComparer.Ordinal), Json));
    }
}
