namespace Postgres.Testing.Xunit;

/// <summary>Says how the tests of an assembly, or of one class, get their databases. What is not set comes from the fixture's
/// options; the variables of <see cref="PostgresTestingEnvironment"/> override everything.</summary>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class)]
public sealed class PostgresTestsAttribute : Attribute
{
    internal TestIsolation? IsolationOrNull { get; private set; }
    internal int? WorkersOrNull { get; private set; }
    internal int? KeepOnFailureOrNull { get; private set; }
    internal int? LimitOrNull { get; private set; }
    internal bool? NameConnectionsOrNull { get; private set; }

    /// <summary>What each test gets to itself. On a class it holds for the tests of that class.</summary>
    public TestIsolation Isolation
    {
        get => IsolationOrNull ?? TestIsolation.Schema;
        set => IsolationOrNull = value;
    }

    /// <summary>Leases that can be out at once in a test process; xunit's <c>maxParallelThreads</c> when not set. Assembly only.</summary>
    public int Workers
    {
        get => WorkersOrNull ?? 0;
        set => WorkersOrNull = value;
    }

    /// <summary>Whether the test's name is on its connections (<c>application_name</c>); true when not set. A session's name is fixed when it
    /// begins, so that these are not the unit's warm ones: some milliseconds per test. With false it is the unit's name. Assembly only.</summary>
    public bool NameConnections
    {
        get => NameConnectionsOrNull ?? true;
        set => NameConnectionsOrNull = value;
    }

    /// <summary>Seconds that a test may take, 300 when not set, 0 for no limit: then its token is cancelled and its sessions are ended. A
    /// debugger lifts the limit. On a class it holds for the tests of that class.</summary>
    /// <remarks>Take this and not <c>[Fact(Timeout = …)]</c>: at that xunit reports the test as failed before it has ended, and waits ten seconds
    /// at most for its database to be looked at and returned.</remarks>
    public int Limit
    {
        get => LimitOrNull ?? LayerSettings.DefaultLimit;
        set => LimitOrNull = value;
    }

    /// <summary>Units of failed tests that stay as the test left them, at most, per test process; 3 when not set. Assembly only.</summary>
    public int KeepOnFailure
    {
        get => KeepOnFailureOrNull ?? LayerSettings.DefaultKeep;
        set => KeepOnFailureOrNull = value;
    }
}
