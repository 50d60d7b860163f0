using System.Text.Json;

namespace Benchmarks;

/// <summary>How a run's figures are written.</summary>
static class JsonFile
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Save<T>(T report, string file)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder) Directory.CreateDirectory(folder);
        File.WriteAllText(file, JsonSerializer.Serialize(report, Options) + "\n");
    }
}
