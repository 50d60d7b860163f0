using System.Globalization;

namespace Postgres.Testing;

/// <summary>Names the limit of the server or of the machine that a failure ran into.</summary>
public static class ResourceLimits
{
    const string NoFiles = "Too many open files";

    /// <summary>One line with the limit, its value and what raises it; null when the messages speak of none.</summary>
    /// <param name="messages">Messages of the exceptions.</param>
    /// <param name="server">The server that the failed code used, where there was one.</param>
    public static string? Find(IEnumerable<string> messages, PostgresServer? server = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var text = string.Join('\n', messages);
        if (Has(NoFiles)) return $"this process has used all of its {Descriptors()} file descriptors (ulimit -n): close files and connections, or raise the limit";
        if (Has("53300") || Has("too many clients") || Has("connection slots are reserved"))
            return $"all {(server is null ? "" : $"{server.Capabilities.MaxConnections} ")}connections of the server are in use (max_connections): use fewer, or raise EmbeddedPostgresOptions.MaxConnections";
        if (Has("No space left on device") || Has("53100"))
            return $"the place of the server's data is full{Room(server)}: free some, or name another with EmbeddedPostgresOptions.DataFolder";
        if (Has("pool has been exhausted"))
            return "all connections of the unit's pool are in use: close those that are not needed, or raise TestDatabasesOptions.PoolSize";
        if (Has("max_locks_per_transaction")) return "the server has no room for more locks (max_locks_per_transaction): raise it with EmbeddedPostgresOptions.Settings";
        return null;

        bool Has(string sign) => text.Contains(sign, StringComparison.Ordinal);
    }

    /// <summary>Whether the fault is this process's own lack of file descriptors.</summary>
    internal static bool IsOwn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception.Message.Contains(NoFiles, StringComparison.Ordinal)) return true;
        return false;
    }

    static string Descriptors()
    {
        try
        {
            return File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            return ""; // to read the number takes a descriptor, too
        }
    }

    static string Room(PostgresServer? server)
    {
        if (server is not EmbeddedPostgres { Log.Path: var log }) return "";
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $" ({Path.GetDirectoryName(Path.GetDirectoryName(log))}, {new DriveInfo(log).AvailableFreeSpace >> 20} MB free)");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
