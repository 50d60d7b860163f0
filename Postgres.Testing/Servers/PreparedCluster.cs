using System.Security.Cryptography;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A folder in which a server can be started: copied cluster, configuration, access rules.</summary>
sealed record PreparedCluster(PostgresBinaries Binaries, ServerFolder Folder, ServerAccount? Account, bool Tcp, string? Password)
{
    const string PasswordFile = "password.sql";
    const string SetPasswordAndStart = $"\"$0\" --single -D data -c log_min_messages=error -j postgres <{PasswordFile} >/dev/null; rm -f {PasswordFile}; exec \"$0\" \"$@\"";

    /// <summary>Makes the folder.</summary>
    /// <exception cref="PostgresTestingException">A part is missing or does not fit.</exception>
    public static async Task<PreparedCluster> CreateAsync(EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        ServerSettings.Connections(options);
        var tcp = options.Listen == PostgresListen.Tcp || OperatingSystem.IsWindows();
        var binaries = PostgresBinaries.Find(options.BinaryFolder);
        var account = ServerAccount.Current;
        var pack = await ClusterTemplate.GetAsync(binaries, options, account, cancellationToken).ConfigureAwait(false);
        var folder = ServerFolder.Create(options, account);
        try
        {
            ClusterPack.Extract(pack, folder.Data, account, cancellationToken);
            folder.Write("data/postgresql.conf", ServerSettings.Configuration(options, binaries.Major, tcp), account);
            folder.Write("data/pg_hba.conf", ServerSettings.Access(tcp), account);
            if (!tcp) return new(binaries, folder, account, tcp, null);
            var password = options.Password ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
            folder.Write(PasswordFile, $"alter role postgres password '{password.Replace("'", "''", StringComparison.Ordinal)}'", account);
            return new(binaries, folder, account, tcp, password);
        }
        catch (Exception e)
        {
            folder.Dispose();
            if (e is IOException) throw new PostgresTestingException($"The cluster could not be copied to {folder.Data}: {e.Message}", e);
            throw;
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
    public string ConnectionString(int port) => new NpgsqlConnectionStringBuilder
    {
        Host = Tcp ? "127.0.0.1" : Folder.Path,
        Port = port,
        Username = "postgres",
        Password = Password,
        Database = "postgres",
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
        IncludeErrorDetail = true,
    }.ConnectionString;
}
