using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Postgres.Testing;

/// <summary>Repeated runs of a suite, each in a folder of its own. A series that was stopped goes on; one that is complete, or was
/// of other tests or other choices, begins anew.</summary>
public sealed class RunSeries
{
    readonly string folder;
    readonly Dictionary<int, RunReport> earlier = [];

    RunSeries(string folder) => this.folder = folder;

    /// <summary>Takes over what an earlier start left, or empties the folder.</summary>
    /// <param name="folder">Folder of the series.</param>
    /// <param name="fingerprint">What the runs depend on (<see cref="Fingerprint"/>).</param>
    /// <param name="runs">Number of runs in the series.</param>
    /// <param name="log">Is told of reports that are broken; their runs are run again.</param>
    public static RunSeries Open(string folder, string fingerprint, int runs, Action<string> log)
    {
        var series = new RunSeries(folder);
        var known = Path.Combine(folder, "series.txt");
        if (File.Exists(known) && File.ReadAllText(known) == fingerprint)
        {
            foreach (var run in Enumerable.Range(1, runs))
                if (RunReportFiles.TryRead(Path.Combine(series.Folder(run), "report.json"), log) is { } report) series.earlier[run] = report;
            if (series.earlier.Count < runs) return series;
            series.earlier.Clear();
        }
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        RunReportFiles.Replace(known, fingerprint);
        return series;
    }

    /// <summary>Folder of a run, from 1.</summary>
    public string Folder(int run) => Path.Combine(folder, $"{run}");

    /// <summary>The report of a run that need not be run again; null when it has to be run.</summary>
    public RunReport? Earlier(int run) => earlier.GetValueOrDefault(run);

    /// <summary>Keeps the report of a run that has ended.</summary>
    public void Keep(int run, RunReport report, double regressionPercent) => RunReportFiles.Write(report, Folder(run), regressionPercent);

    /// <summary>Changes with the test assemblies, with what lies beside them, and with the choices.</summary>
    public static string Fingerprint(IEnumerable<string> assemblies, params string?[] choices)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(choices)));
        foreach (var file in assemblies.Select(assembly => Path.GetDirectoryName(Path.GetFullPath(assembly))!).Distinct()
            .SelectMany(bin => Directory.EnumerateFiles(bin, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
