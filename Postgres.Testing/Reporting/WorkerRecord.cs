namespace Postgres.Testing;

/// <summary>What a test process spent on a server: one line of a run's log, beside those of its tests.</summary>
public sealed record WorkerRecord
{
    /// <summary>Name of the test assembly.</summary>
    public required string Worker { get; init; }

    /// <summary>Process id.</summary>
    public int Process { get; init; } = Environment.ProcessId;

    /// <summary>When it asked for its server.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it let go of it.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>Milliseconds from asking for a server to the first unit that could be leased.</summary>
    public double StartUpMs { get; init; }

    /// <summary>Largest proportional set size, in bytes, that was seen of the server's processes; null where it cannot be told.</summary>
    public long? PeakPssBytes { get; init; }

    /// <summary>Leases that could be out at once.</summary>
    public int Workers { get; init; }

    /// <summary>Version of PostgreSQL, and of pgvector where it is there.</summary>
    public string? Server { get; init; }
}
