using Npgsql;

namespace Postgres.Testing;

/// <summary>What a server and the role that is connected to it can do.</summary>
/// <param name="ServerVersion">Version of PostgreSQL, 14 or newer.</param>
/// <param name="VectorVersion">Version of the installed <c>vector</c> extension; null when it is not there.</param>
/// <param name="IsSuperuser">Whether the role is a superuser: event triggers and <c>session_replication_role</c> need it.</param>
/// <param name="MaxConnections">Connections that the role can have at once: <c>max_connections</c> less the reserved ones, and the
/// connection limits of the role and of the database where it is no superuser.</param>
public sealed record PostgresCapabilities(Version ServerVersion, Version? VectorVersion, bool IsSuperuser, int MaxConnections)
{
    /// <summary>Reads the capabilities through an open connection.</summary>
    public static async Task<PostgresCapabilities> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await using var command = new NpgsqlCommand("""
            select (select extversion from pg_extension where extname = 'vector'),
                   rolsuper,
                   least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - coalesce(current_setting('reserved_connections', true)::int, 0),
                       case when not rolsuper and rolconnlimit >= 0 then rolconnlimit end, case when not rolsuper and datconnlimit >= 0 then datconnlimit end)
            from pg_roles, pg_database where rolname = current_user and datname = current_database()
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new(connection.PostgreSqlVersion, reader.IsDBNull(0) ? null : Version.Parse(reader.GetString(0)),
            reader.GetBoolean(1), reader.GetInt32(2));
    }
}
