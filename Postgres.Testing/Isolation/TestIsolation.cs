namespace Postgres.Testing;

/// <summary>What a test gets to itself.</summary>
public enum TestIsolation
{
    /// <summary>A schema in a shared database: the default, and the cheapest.</summary>
    Schema,

    /// <summary>A whole database, for applications with several or hard-coded schemas.</summary>
    Database,

    /// <summary>One connection in a transaction that is rolled back.</summary>
    Transaction,
}
