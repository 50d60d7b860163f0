namespace Benchmarks.Habits;

/// <summary>A way to run a suite of database tests that people have.</summary>
abstract class Habit(string name, string description, int parallel) : IAsyncDisposable
{
    public string Name => name;
    public string Description => description;

    /// <summary>Tests at once; 1 where the habit cannot do more.</summary>
    public int Parallel => parallel;

    /// <summary>What its tests run: <c>agent</c> (the service's own code), or how much of that it can.</summary>
    public virtual string Workload => "agent";

    /// <summary>Why the agent itself, or the vector case, cannot run; empty when both do.</summary>
    public virtual string Limits => "";

    /// <summary>Why the habit cannot be measured here; null when it can.</summary>
    public virtual Task<string?> MissingAsync(CancellationToken token) => Task.FromResult<string?>(null);

    /// <summary>Everything that comes before the first test.</summary>
    public abstract Task StartAsync(CancellationToken token);

    /// <summary>Runs one test, with what the habit does before and after it.</summary>
    public abstract Task TestAsync(int lane, int number, CancellationToken token);

    /// <summary>Rows found in the vector case; null when it cannot run.</summary>
    public abstract Task<int?> VectorRowsOf10Async(CancellationToken token);

    /// <summary>Bytes (PSS) of the databases' processes at this moment; null when the database is in the test process.</summary>
    public abstract Task<long?> MemoryAsync(CancellationToken token);

    public abstract ValueTask DisposeAsync();
}
