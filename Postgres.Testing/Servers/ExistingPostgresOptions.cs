namespace Postgres.Testing;

/// <summary>What the caller of <see cref="ExistingPostgres"/> says about the server.</summary>
public sealed record ExistingPostgresOptions
{
    /// <summary>That nothing on it will be missed: units are made, emptied and dropped there. Together with the mark in the database
    /// itself (<see cref="ExistingPostgres.MarkDisposableAsync"/>) it is what lets tests in; nothing else does.</summary>
    public bool Disposable { get; init; }
}
