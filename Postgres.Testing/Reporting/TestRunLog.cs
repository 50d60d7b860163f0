using System.Text.Encodings.Web;
using System.Text.Json;

namespace Postgres.Testing;

/// <summary>The JSON lines that one test process leaves behind for the run report: a line is on disk as soon as its test ends, so
/// that a killed process leaves all that it knew.</summary>
public sealed class TestRunLog : IDisposable
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly StreamWriter writer;
    readonly Lock gate = new();

    TestRunLog(string file) => writer = new(file, append: true) { AutoFlush = true, NewLine = "\n" };

    /// <summary>Opens the log of this process in <paramref name="folder"/>, which is made when it is not there.</summary>
    /// <param name="folder">Folder of the run; processes share it, each with a file of its own.</param>
    /// <param name="name">Start of the file's name, such as that of the test assembly.</param>
    public static TestRunLog Open(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        return new(Path.Combine(folder, $"{name}-{Environment.ProcessId}-{Guid.NewGuid():N}.jsonl"));
    }

    /// <summary>Reads every test of a folder, oldest first. A last line that a killed process left unfinished is skipped.</summary>
    public static IReadOnlyList<TestRecord> ReadFolder(string folder)
        => [.. Directory.EnumerateFiles(folder, "*.jsonl").SelectMany(File.ReadLines).Select(Parse).OfType<TestRecord>().OrderBy(record => record.Start)];

    /// <summary>Adds a test.</summary>
    public void Write(TestRecord record)
    {
        var line = JsonSerializer.Serialize(record, Json);
        lock (gate) writer.WriteLine(line);
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    static TestRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<TestRecord>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
