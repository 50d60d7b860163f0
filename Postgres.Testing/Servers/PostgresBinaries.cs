namespace Postgres.Testing;

/// <summary>An installation of PostgreSQL that has what a server needs.</summary>
/// <param name="Folder">Folder of <c>postgres</c> and <c>initdb</c>, without symbolic links.</param>
/// <param name="Major">Major version.</param>
/// <param name="VectorVersion">Version of pgvector that is installed for it; null when it is not.</param>
public sealed record PostgresBinaries(string Folder, int Major, string? VectorVersion)
{
    /// <summary>Oldest and newest major version that are supported.</summary>
    public const int OldestMajor = 14, NewestMajor = 18;

    /// <summary>Finds the installation to use: the newest that has pgvector.</summary>
    /// <param name="folder">A folder to take instead of looking; null takes <c>PG_BIN</c>, else looks.</param>
    /// <exception cref="PostgresTestingException">There is none; the message tells what was found and what to install.</exception>
    public static PostgresBinaries Find(string? folder = null) => new BinarySearch { Chosen = folder ?? Environment.GetEnvironmentVariable("PG_BIN") }.Best();

    /// <summary>Finds all installations of supported versions, with and without pgvector, in the order of preference.</summary>
    public static IReadOnlyList<PostgresBinaries> FindAll() => new BinarySearch { Chosen = Environment.GetEnvironmentVariable("PG_BIN") }.All();

    /// <summary>Full path of one of its programs.</summary>
    public string Executable(string name) => Path.Combine(Folder, OperatingSystem.IsWindows() ? name + ".exe" : name);
}
