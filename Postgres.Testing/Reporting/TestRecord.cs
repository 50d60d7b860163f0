namespace Postgres.Testing;

/// <summary>What one test did with its database: one line of a run's log.</summary>
public sealed record TestRecord
{
    /// <summary>Name as the runner shows it.</summary>
    public required string Test { get; init; }

    /// <summary>Full name of the test's class.</summary>
    public string? Class { get; init; }

    /// <summary><c>passed</c>, <c>failed</c>, <c>skipped</c> or <c>unknown</c> (the lease ended before the test did).</summary>
    public required string Outcome { get; init; }

    /// <summary>Whether it fails its run: what is not known to be well does.</summary>
    internal bool HasFailed => Outcome is not ("passed" or "skipped");

    /// <summary>Which of the joined runs it was in, from 0.</summary>
    public int Run { get; init; }

    /// <summary>Process id of the worker.</summary>
    public int Process { get; init; } = Environment.ProcessId;

    /// <summary>Lane within the process, from 0: no two tests are in one lane at once.</summary>
    public int Worker { get; init; }

    /// <summary>Managed thread on which the test began.</summary>
    public int Thread { get; init; }

    /// <summary>When the test asked for its lease (UTC).</summary>
    public DateTimeOffset Start { get; init; }

    /// <summary>Milliseconds from asking for the lease to having it.</summary>
    public double LeaseWaitMs { get; init; }

    /// <summary>Milliseconds from having the lease to giving it back.</summary>
    public double BodyMs { get; init; }

    /// <summary>Milliseconds from giving the lease back until the test was free to end.</summary>
    public double ResetMs { get; init; }

    /// <summary>Milliseconds from asking for the lease until the test was free to end.</summary>
    public double TotalMs => LeaseWaitMs + BodyMs + ResetMs;

    /// <summary>What the test had to itself: <c>schema</c>, <c>database</c> or <c>transaction</c>.</summary>
    public string? Isolation { get; init; }

    /// <summary>The unit's schema.</summary>
    public string? Unit { get; init; }

    /// <summary>Commands that the test sent through Npgsql.</summary>
    public int Statements { get; init; }

    /// <summary>Different physical connections that the commands went through.</summary>
    public int Connections { get; init; }

    /// <summary>Rows that the test changed, by table.</summary>
    public IReadOnlyDictionary<string, long> RowsWritten { get; init; } = new Dictionary<string, long>();

    /// <summary>Messages of the exceptions that failed the test.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];

    /// <summary>What the test output says about the database of a failed test.</summary>
    public string? Forensics { get; init; }

    /// <summary>Leaks and audit findings.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];
}
