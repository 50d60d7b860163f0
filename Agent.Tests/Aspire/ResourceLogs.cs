using System.Collections.Concurrent;
using System.Text.Json;
using Agent.Tests.Hosting;
using Microsoft.Extensions.Logging;

namespace Agent.Tests.Aspire;

/// <summary>Takes what the resources write: keeps their last lines, and passes each line to the test that it belongs to.</summary>
sealed class ResourceLogs : ILoggerProvider
{
    // Aspire logs the output of a resource under "<AppHost>.Resources.<name>".
    const string Marker = ".Resources.";
    const int Kept = 100;
    readonly ConcurrentDictionary<string, ConcurrentQueue<string>> lines = new();

    /// <summary>The last lines that a resource wrote.</summary>
    public IEnumerable<string> Last(string resource) => lines.TryGetValue(resource, out var queue) ? queue : [];

    public ILogger CreateLogger(string categoryName)
        => categoryName.IndexOf(Marker, StringComparison.Ordinal) is var at and >= 0
            ? new Forwarder(this, categoryName[(at + Marker.Length)..])
            : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public void Dispose()
    {
    }

    void Take(string resource, string line)
    {
        var (schema, text) = Read(line);
        var queue = lines.GetOrAdd(resource, _ => new());
        queue.Enqueue(text);
        while (queue.Count > Kept) queue.TryDequeue(out _);
        RunningTests.Write(schema, $"[{resource}] {text}");
    }

    // The agent in test mode writes JSON lines whose scopes name the test's schema; other lines belong to nobody.
    static (string? Schema, string Text) Read(string line)
    {
        var start = line.IndexOf('{', StringComparison.Ordinal);
        if (start < 0 || !line.EndsWith('}')) return (null, line);
        try
        {
            using var json = JsonDocument.Parse(line.AsMemory(start));
            var entry = json.RootElement;
            var schema = !entry.TryGetProperty("Scopes", out var scopes) ? null : scopes.EnumerateArray()
                .Where(scope => scope.ValueKind == JsonValueKind.Object && scope.TryGetProperty("TestSchema", out _))
                .Select(scope => scope.GetProperty("TestSchema").GetString()).FirstOrDefault();
            var text = $"{entry.GetProperty("LogLevel")} {entry.GetProperty("Category")}: {entry.GetProperty("Message")}"
                + (entry.TryGetProperty("Exception", out var exception) ? $"\n{exception}" : "");
            return (schema, schema is null ? text : $"({schema}) {text}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (null, line);
        }
    }

    sealed class Forwarder(ResourceLogs owner, string resource) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => owner.Take(resource, formatter(state, exception));
    }
}
