using System.Collections.Concurrent;

namespace Postgres.Testing.Xunit;

/// <summary>Knows which threads work for a test. The execution context carries the test to every thread and task that it starts,
/// and tells when a thread enters or leaves it.</summary>
sealed class TestThreads
{
    static readonly AsyncLocal<TestThreads?> Running = new(Moved);
    static long visits;

    readonly ConcurrentDictionary<int, (Thread Thread, long Visit)> inside = [];

    TestThreads()
    {
    }

    /// <summary>From here on what the caller starts belongs to a test.</summary>
    public static TestThreads Begin() => Running.Value = new();

    /// <summary>Threads, beside the caller's, that still run code of the test. What is about to end gets some milliseconds for it.</summary>
    public async Task<IReadOnlyList<string>> FindAsync()
    {
        var left = Others();
        for (var pause = 5; left.Count > 0 && pause <= 80; pause *= 2)
        {
            await Task.Delay(pause).ConfigureAwait(false);
            var now = Others();
            left = [.. left.Where(before => now.Any(after => after.Visit == before.Visit))];
        }
        return [.. left.Select(each => $"left a thread running: {Name(each.Thread)}")];
    }

    List<(Thread Thread, long Visit)> Others() => [.. inside.Values.Where(each => each.Thread != Thread.CurrentThread && each.Thread.IsAlive)];

    static string Name(Thread thread) => thread.IsThreadPoolThread ? $"a task on thread {thread.ManagedThreadId} of the pool"
        : $"'{(string.IsNullOrEmpty(thread.Name) ? "without a name" : thread.Name)}', number {thread.ManagedThreadId}";

    static void Moved(AsyncLocalValueChangedArgs<TestThreads?> change)
    {
        var thread = Thread.CurrentThread;
        change.PreviousValue?.inside.TryRemove(thread.ManagedThreadId, out _);
        if (change.CurrentValue is { } test) test.inside[thread.ManagedThreadId] = (thread, Interlocked.Increment(ref visits));
    }
}
