using System.Security.Cryptography;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A folder in which a server can be started: copied cluster, configuration, access rules.</summary>
sealed record PreparedCluster(PostgresBinaries Binaries, ServerFolder Folder, ServerAccount? Account, bool Tcp, string? Password, string TimeZone)
{
    const string PasswordFile = "password.sql";
    const string SetPasswordAndStart = $"\"$0\" --single -D data -c log_min_messages=error -c password_encryption=scram-sha-256 -j postgres <{PasswordFile} >/dev/null && rm -f {PasswordFile} && exec \"$0\" \"$@\"";

    /// <summary>Checks the options, finds the binaries and makes the folder.</summary>
    /// <exception cref="PostgresTestingException">A part is missing or does not fit.</exception>
    public static PreparedCluster Begin(EmbeddedPostgresOptions options)
    {
        if (OperatingSystem.IsWindows())
            throw new PostgresTestingException("The embedded server runs on Linux and macOS. On Windows, run the tests in WSL, or with Aspire and a container runtime.");
        ServerSettings.Check(options);
        var tcp = options.Listen == PostgresListen.Tcp;
        var binaries = PostgresBinaries.Find(options.BinaryFolder);
        var folder = ServerFolder.Create(options, ServerAccount.Current);
        return new(binaries, folder, ServerAccount.Current, tcp, tcp ? options.Password ?? RandomNumberGenerator.GetHexString(32, lowercase: true) : null,
            options.Settings.FirstOrDefault(setting => setting.Key.Equals("timezone", StringComparison.OrdinalIgnoreCase)).Value ?? "UTC");
    }

    /// <summary>Copies the cluster and writes the configuration.</summary>
    /// <exception cref="PostgresTestingException">The cluster cannot be made or copied.</exception>
    public async Task FillAsync(EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        var pack = await ClusterTemplate.GetAsync(Binaries, options, Account, cancellationToken).ConfigureAwait(false);
        try
        {
            ClusterPack.Extract(pack, Folder.Data, Account, cancellationToken);
            Folder.Write("data/postgresql.conf", ServerSettings.Configuration(options, Binaries.Major, Tcp), Account);
            Folder.Write("data/pg_hba.conf", ServerSettings.Access(Tcp), Account);
            if (Password is not null) Folder.Write(PasswordFile, $"alter role postgres password {OneLine(Password)}", Account);
        }
        catch (Exception e) when (e is IOException or AggregateException { InnerException: IOException })
        {
            throw new PostgresTestingException($"The cluster could not be copied to {Folder.Data}: {(e.InnerException ?? e).Message}", e);
        }
    }

    /// <summary>The command that runs the server; it takes the port as <c>-p</c>.</summary>
    public IEnumerable<string> Command
    {
        get
        {
            string[] server = [Binaries.Executable("postgres"), "-D", Folder.Data];
            return Tcp ? ["/bin/sh", "-c", SetPasswordAndStart, .. server] : server;
        }
    }

    /// <summary>Connection string of the database <c>postgres</c>.</summary>
    public string ConnectionString(int port)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Tcp ? "127.0.0.1" : Folder.Path,
            Port = port,
            Username = "postgres",
            Password = Password,
            Database = "postgres",
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
            IncludeErrorDetail = true,
        };
        // Npgsql takes these from the environment where the string is silent, and there they are meant for another server.
        if (IsSet("PGTZ")) builder.Timezone = TimeZone;
        if (IsSet("PGCLIENTENCODING")) builder.ClientEncoding = "UTF8";
        if (IsSet("PGOPTIONS")) builder.Options = " ";
        if (IsSet("PGREQUIREAUTH")) builder.RequireAuth = Tcp ? "ScramSHA256" : "None";
        if (IsSet("PGSSLNEGOTIATION")) builder.SslNegotiation = SslNegotiation.Postgres;
        return builder.ConnectionString;

        static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is not null;
    }

    // In single-user mode a statement may end at a semicolon and an empty line, even inside a literal.
    static string OneLine(string text) => "E'" + text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal) + "'";
}
