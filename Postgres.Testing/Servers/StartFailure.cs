namespace Postgres.Testing;

/// <summary>Turns what the server wrote before it died into what to do about it.</summary>
static class StartFailure
{
    static readonly (string Sign, string Advice)[] Known =
    [
        ("No space left on device", "The place of the data is full: free some, or name another with EmbeddedPostgresOptions.DataFolder."),
        ("Too many open files", "The process limit of open files is reached: raise it with ulimit -n."),
        ("could not create shared memory segment", "The system's limit of shared memory is reached: lower MaxConnections, or look at ipcs -m."),
        ("could not create semaphores", "The system's limit of semaphores is reached: lower MaxConnections."),
        ("Cannot allocate memory", "There is too little memory: lower MaxConnections or the setting shared_buffers."),
        ("could not map anonymous shared memory", "There is too little memory: lower MaxConnections or the setting shared_buffers."),
        ("vector.control", "The extension pgvector is not installed for this PostgreSQL: dotnet dev.cs doctor tells the command."),
        ("could not access file \"$libdir/", "A file of PostgreSQL or pgvector is missing: install it again."),
        ("could not access file", "A library that EmbeddedPostgresOptions.Settings names is missing: install it, or take it out of the settings."),
        ("could not look up effective user ID", "The user has no entry in /etc/passwd, which PostgreSQL needs: add one, or run as a user that has one."),
        ("Operation not permitted", "The system does not let root change to another user: run as an ordinary user."),
        ("could not bind IPv4 address", "The system does not give the port to the user that runs the server: choose another, or 0 for a free one (EmbeddedPostgresOptions.Port)."),
        ("Permission denied", "A folder or program is closed to the user that runs the server."),
        ("unrecognized configuration parameter", "This version of PostgreSQL does not know a setting of EmbeddedPostgresOptions.Settings."),
        ("invalid value for parameter", "A setting of EmbeddedPostgresOptions.Settings has a value that PostgreSQL refuses."),
        ("is outside the valid range", "A setting of EmbeddedPostgresOptions.Settings has a value that PostgreSQL refuses."),
    ];

    public static PostgresTestingException Explain(string what, string log, string tail)
    {
        var advice = Known.FirstOrDefault(known => log.Contains(known.Sign, StringComparison.Ordinal)).Advice;
        return new($"{what}. {(advice is null ? "" : advice + " ")}The last lines of its log:\n{tail}");
    }
}
