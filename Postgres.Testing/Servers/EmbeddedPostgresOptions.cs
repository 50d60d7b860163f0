namespace Postgres.Testing;

/// <summary>How <see cref="EmbeddedPostgres"/> starts.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>Folder with <c>initdb</c> and <c>postgres</c>; null looks for the newest that has pgvector.</summary>
    public string? BinaryFolder { get; init; }

    /// <summary>Connections that the server accepts at once.</summary>
    public int MaxConnections { get; init; } = 100;
}
