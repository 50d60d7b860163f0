using System.Globalization;
using System.Text;

namespace Postgres.Testing;

/// <summary>The configuration of a server whose data nobody will miss.</summary>
static class ServerSettings
{
    const int FewestConnections = 10;
    const int MostConnections = 10_000;

    // With others the server would listen, or keep its data, where nobody looks for it.
    static readonly string[] Reserved = ["listen_addresses", "unix_socket_directories", "port", "data_directory", "hba_file"];

    /// <summary>Connections that <paramref name="options"/> ask for.</summary>
    /// <exception cref="PostgresTestingException">More than a server can have.</exception>
    public static int Connections(EmbeddedPostgresOptions options)
    {
        var connections = options.MaxConnections ?? 20 + 20L * options.Workers;
        return connections is >= FewestConnections and <= MostConnections ? (int)connections
            : throw new PostgresTestingException(string.Create(CultureInfo.InvariantCulture,
                $"{connections} connections were asked for, where a server takes {FewestConnections} to {MostConnections}. Set ")
                + $"EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.MaxConnections)} or {nameof(EmbeddedPostgresOptions.Workers)} accordingly.");
    }

    /// <summary>Checks what can be checked without a server.</summary>
    /// <exception cref="PostgresTestingException">A number, name or value does not fit.</exception>
    public static void Check(EmbeddedPostgresOptions options)
    {
        CheckFolder(nameof(EmbeddedPostgresOptions.DataFolder), options.DataFolder);
        CheckFolder(nameof(EmbeddedPostgresOptions.CacheFolder), options.CacheFolder);
        if (options.Listen == PostgresListen.Tcp)
        {
            if (options.Port is < 0 or > ushort.MaxValue)
                throw new PostgresTestingException(string.Create(CultureInfo.InvariantCulture,
                    $"There is no port {options.Port}: set EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.Port)} to one of 1 to {ushort.MaxValue}, or to 0 for a free one."));
            if (options.Password is { } password && (password.Length == 0 || password.Contains('\0', StringComparison.Ordinal)))
                throw new PostgresTestingException($"EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.Password)} {(password.Length == 0 ? "is empty, which is no password" : "has a NUL character, which no password can have")}: "
                    + "set another, or leave it null for a random one.");
        }
        Configuration(options, PostgresBinaries.NewestMajor, tcp: false);
    }

    /// <summary>Text of <c>postgresql.conf</c>.</summary>
    /// <param name="options">What the caller wants.</param>
    /// <param name="major">Version of PostgreSQL.</param>
    /// <param name="tcp">Whether it listens on 127.0.0.1 rather than on a socket.</param>
    public static string Configuration(EmbeddedPostgresOptions options, int major, bool tcp)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["listen_addresses"] = tcp ? "127.0.0.1" : "",
            ["unix_socket_directories"] = tcp ? "" : "..",
            ["unix_socket_permissions"] = "0700",
            ["password_encryption"] = "scram-sha-256",
            ["max_connections"] = Connections(options).ToString(CultureInfo.InvariantCulture),
            ["max_locks_per_transaction"] = "256", // making, dropping or dumping many schemas locks each of their tables
            // Who connects without a lease finds the vector type, too.
            ["search_path"] = $"\"$user\", public, {PostgresServer.ExtensionSchema}",
            // Nothing has to survive.
            ["fsync"] = "off",
            ["synchronous_commit"] = "off",
            ["full_page_writes"] = "off",
            ["wal_level"] = "minimal",
            ["max_wal_senders"] = "0",
            ["wal_init_zero"] = "off",
            ["wal_recycle"] = "off",
            ["min_wal_size"] = "2MB",
            ["max_wal_size"] = "64MB",
            ["checkpoint_timeout"] = "1d",
            ["checkpoint_completion_target"] = "0",
            ["checkpoint_warning"] = "0",
            // Nothing works in the background, so that a test's timing and plans are its own.
            ["autovacuum"] = "off",
            ["jit"] = "off",
            ["bgwriter_lru_maxpages"] = "0",
            ["bgwriter_delay"] = "10s",
            ["wal_writer_delay"] = "10s",
            ["max_worker_processes"] = "2",
            ["max_logical_replication_workers"] = "0",
            ["max_parallel_workers_per_gather"] = "0",
            ["max_parallel_maintenance_workers"] = "0",
            // A server that lost a session to a signal would end all others and go on: it is replaced instead.
            ["restart_after_crash"] = "off",
            // Small, and gone with the folder even after SIGKILL.
            ["shared_buffers"] = "16MB",
            ["huge_pages"] = "off",
            ["dynamic_shared_memory_type"] = "mmap",
            ["timezone"] = "UTC",
            ["lc_messages"] = "C",
            ["default_text_search_config"] = "pg_catalog.english",
            ["logging_collector"] = "off",
            ["log_timezone"] = "UTC",
            ["log_line_prefix"] = PostgresLog.Prefix,
            ["log_checkpoints"] = "off",
        };
        if (major >= 18) settings["io_method"] = "sync"; // no worker processes
        if (options.Settings is null)
            throw new PostgresTestingException($"EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.Settings)} is null: leave it out, or set a dictionary.");
        foreach (var (name, value) in options.Settings)
        {
            if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new PostgresTestingException($"{name} = '{value}' cannot be had, as the start itself needs {name}: take it out of EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.Settings)}. "
                    + $"{nameof(EmbeddedPostgresOptions.Listen)}, {nameof(EmbeddedPostgresOptions.Port)} and {nameof(EmbeddedPostgresOptions.DataFolder)} say where the server is.");
            settings[name] = value ?? throw new PostgresTestingException($"The value of {name} is null: leave it out, or give it one (EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.Settings)}).");
        }
        return settings.Aggregate(new StringBuilder(), (text, setting) => text.Append(Name(setting.Key)).Append(" = '")
            .Append(Value(setting.Key, setting.Value)).Append("'\n")).ToString();
    }

    /// <summary>Text of <c>pg_hba.conf</c>: who can reach the socket owns its folder, who comes by TCP must know the password.</summary>
    public static string Access(bool tcp) => tcp ? "host all all 127.0.0.1/32 scram-sha-256\n" : "local all all trust\n";

    static void CheckFolder(string option, string? folder)
    {
        if (folder is not null && (folder.Length == 0 || folder.Contains('\0', StringComparison.Ordinal)))
            throw new PostgresTestingException($"EmbeddedPostgresOptions.{option} is '{folder.Replace("\0", "\\0", StringComparison.Ordinal)}', which is no path: name a folder, or leave it null.");
    }

    // The file has a line for each.
    static string Value(string name, string value) => !value.AsSpan().ContainsAny('\0', '\n', '\r') ? value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)
        : throw new PostgresTestingException($"The value of {name} has characters that a setting of PostgreSQL cannot have (EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.Settings)}).");

    static string Name(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.') && name.Length > 0 ? name
        : throw new PostgresTestingException($"'{name}' is no name of a setting of PostgreSQL (EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.Settings)}).");
}
