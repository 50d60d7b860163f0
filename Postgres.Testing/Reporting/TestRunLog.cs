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

    /// <summary>Outcome of a test that has begun: its last line replaces this one.</summary>
    public const string Running = "running";

    /// <summary>Reads every test of a folder, oldest first. A last line that a killed process left unfinished is skipped; a test
    /// that has begun and not ended is there with the outcome <see cref="Running"/>.</summary>
    public static IReadOnlyList<TestRecord> ReadFolder(string folder)
        => [.. Read<TestRecord>(folder).GroupBy(record => (record.Process, record.Test, record.Start))
            .Select(lines => lines.Last()).OrderBy(record => record.Start)];

    /// <summary>Reads what every test process of a folder said of itself.</summary>
    public static IReadOnlyList<WorkerRecord> ReadWorkers(string folder) => Read<WorkerRecord>(folder);

    /// <summary>Adds a test.</summary>
    public void Write(TestRecord record) => Add(record);

    /// <summary>Adds what the process says of itself.</summary>
    public void Write(WorkerRecord record) => Add(record);

    void Add<T>(T record)
    {
        var line = JsonSerializer.Serialize(record, Json);
        lock (gate) writer.WriteLine(line);
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    static List<T> Read<T>(string folder)
        => [.. Directory.EnumerateFiles(folder, "*.jsonl").SelectMany(Lines).Select(Parse<T>).OfType<T>()];

    // The process that writes the file may be at it.
    static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line) yield return line;
    }

    // Each kind of line has required properties that the other lacks, which is how they are told apart.
    static T? Parse<T>(string line)
    {
        try
        {
            var record = JsonSerializer.Deserialize<T>(line, Json);
            // A test has a name, and a number that is too large to be one could not be written to the report.
            return record is TestRecord test && (test.Test is null || test.Outcome is null || !double.IsFinite(test.TotalMs)) ? default : record;
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
