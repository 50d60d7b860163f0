using System.Globalization;
using System.Runtime.InteropServices;
using Postgres.Testing;

namespace Benchmarks;

/// <summary>Where and when figures were measured.</summary>
sealed record Machine(int Cores, string Cpu, double MemoryGb, string Os, string Dotnet, string Postgres, string? Pgvector, string Date)
{
    public static Machine Read(PostgresCapabilities capabilities) => new(
        Environment.ProcessorCount,
        FirstValue("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1),
        FirstValue("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription,
        Environment.Version.ToString(),
        capabilities.ServerVersion.ToString(),
        capabilities.VectorVersion?.ToString(),
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Date}, {Cores} cores ({Cpu}), {MemoryGb:0} GB, {Os}, PostgreSQL {Postgres}, pgvector {Pgvector ?? "none"}, .NET {Dotnet}");

    static string? FirstValue(string file, string key)
        => !File.Exists(file) ? null : File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split([':', '='], 2)[1].Trim();
}
