namespace Postgres.Testing;

/// <summary>What becomes of things wider than a unit that appeared during a lease.</summary>
public enum TestAudit
{
    /// <summary>They are in <see cref="LeaseReport.Escapes"/>.</summary>
    Report,

    /// <summary>They are in the report, and the lease's <see cref="TestDatabase.DisposeAsync"/> throws; with xunit the test fails.</summary>
    Fail,

    /// <summary>Nobody looks: a return is some hundredths of a millisecond cheaper.</summary>
    Off,
}
