namespace Postgres.Testing;

/// <summary>A PostgreSQL server that tests may fill, reset and drop: where <see cref="TestDatabases"/> makes its units.</summary>
/// <remarks>Subclasses say where it comes from: <see cref="EmbeddedPostgres"/> starts one,
/// <see cref="ExistingPostgres"/> is given one.</remarks>
public abstract class PostgresServer : IAsyncDisposable
{
    /// <summary>The schema that holds the extensions (<c>vector</c>); it is on every unit's search path and never in a unit.</summary>
    public const string ExtensionSchema = "extensions";

    /// <summary>Npgsql connection string of the database in which units are made, as the role that owns them.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>What the server and the role can do, read once when the server was connected to.</summary>
    public abstract PostgresCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
