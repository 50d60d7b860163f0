namespace Postgres.Testing;

/// <summary>Where an embedded server takes connections; it is one place and never more.</summary>
public enum PostgresListen
{
    /// <summary>A UNIX socket in a folder that only the server's owner may enter.</summary>
    Socket,

    /// <summary>A port of 127.0.0.1, with a random password (scram-sha-256).</summary>
    Tcp,
}
