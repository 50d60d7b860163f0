using System.Collections.Concurrent;

namespace Agent.Tests.Hosting;

/// <summary>The tests that run now, by their schema: where lines from other processes go.</summary>
static class RunningTests
{
    static readonly ConcurrentDictionary<string, ITestOutputHelper> tests = new();

    /// <summary>Sends lines about <paramref name="schema"/> to the output of the calling test, until disposed of.</summary>
    public static IDisposable Enter(string schema)
    {
        if (TestContext.Current.TestOutputHelper is { } output) tests[schema] = output;
        return new Leaver(schema);
    }

    /// <summary>Writes to the test that has the schema; what belongs to no schema goes to all tests that run now.</summary>
    public static void Write(string? schema, string line)
    {
        foreach (var (name, output) in tests)
        {
            if (schema is not null && name != schema) continue;
            try
            {
                output.WriteLine(line);
            }
            catch (InvalidOperationException)
            {
                // The test ended a moment ago.
            }
        }
    }

    sealed class Leaver(string schema) : IDisposable
    {
        public void Dispose() => tests.TryRemove(schema, out _);
    }
}
