using System.Collections.Concurrent;
using System.Diagnostics;

namespace Postgres.Testing.Xunit;

/// <summary>The trace of one test: a root activity with children for lease, body and reset. Npgsql's own activities, and those of
/// the code under test, become its descendants, which is also how a test's commands are counted.</summary>
sealed class TestSpan : IDisposable
{
    public const string SourceName = "Postgres.Testing";

    static readonly ActivitySource Source = new(SourceName);
    static readonly ConcurrentDictionary<ActivityTraceId, Counts> Counting = [];
    static readonly Lazy<ActivityListener> Listener = new(Listen);

    readonly Activity? test;

    /// <summary>Begins the trace. Called where xunit takes over the execution context for the test: in the constructor.</summary>
    public TestSpan(string name)
    {
        Activity.Current = null;
        test = Source.StartActivity($"test {name}");
    }

    /// <summary>From now on commands are counted, at the price of an activity for each.</summary>
    public static void CountCommands() => _ = Listener.Value;

    /// <summary>Begins <c>lease</c> or <c>reset</c>.</summary>
    public Activity? Phase(string name) => test is null ? null : Source.StartActivity(name, ActivityKind.Internal, test.Context);

    /// <summary>Begins <c>body</c>: the commands from here on are the test's own.</summary>
    public Activity? Body()
    {
        if (test is not null && Listener.IsValueCreated) Counting[test.TraceId] = new();
        return Phase("body");
    }

    /// <summary>Commands and different physical connections so far.</summary>
    public (int Statements, int Connections) Commands
        => test is not null && Counting.TryGetValue(test.TraceId, out var counts) ? (counts.Statements, counts.Connections.Count) : default;

    public void End(string outcome, string? unit)
    {
        if (test is null) return;
        Counting.TryRemove(test.TraceId, out _);
        test.SetTag("test.case.result.status", outcome);
        test.SetTag("db.namespace", unit);
        if (outcome == "failed") test.SetStatus(ActivityStatusCode.Error);
        Dispose();
    }

    public void Dispose() => test?.Dispose();

    static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Count,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    static void Count(Activity activity)
    {
        if (activity.Source.Name != "Npgsql" || !Counting.TryGetValue(activity.TraceId, out var counts)) return;
        Interlocked.Increment(ref counts.Statements);
        if ((activity.GetTagItem("db.npgsql.connection_id") ?? activity.GetTagItem("db.connection_id")) is { } connection)
            counts.Connections.TryAdd(connection, 0);
    }

    sealed class Counts
    {
        public int Statements;
        public readonly ConcurrentDictionary<object, byte> Connections = [];
    }
}
