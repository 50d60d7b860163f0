namespace Postgres.Testing;

/// <summary>How <see cref="EmbeddedPostgres"/> starts.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>Folder with <c>initdb</c> and <c>postgres</c>. Null takes <c>PG_BIN</c>, else looks for the newest that has pgvector.</summary>
    public string? BinaryFolder { get; init; }

    /// <summary>Tests that use the server at once; <see cref="MaxConnections"/> follows from it.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Connections that the server accepts at once. Null means 20 and 20 more for each of <see cref="Workers"/>.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Folder under which the server's own folder is made. Null takes <c>/dev/shm</c> when it has room, else the
    /// temporary folder.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Bytes that must be free where the data goes: 256 MB, so not the 64 MB <c>/dev/shm</c> of a container.</summary>
    public long RequiredSpace { get; init; } = 256L << 20;

    /// <summary>Folder of the cached cluster. Null takes <c>XDG_CACHE_HOME</c> or the user's own cache folder, else the
    /// temporary folder.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Where the server takes connections.</summary>
    public PostgresListen Listen { get; init; }

    /// <summary>Port for <see cref="PostgresListen.Tcp"/>; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Password for <see cref="PostgresListen.Tcp"/>; null makes a random one.</summary>
    public string? Password { get; init; }

    /// <summary>Settings of <c>postgresql.conf</c> that add to, or replace, those for throwaway data.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Called with one line for each thing that a user would want to know, such as data that is not kept in memory.</summary>
    public Action<string>? Log { get; init; }
}
