using System.Globalization;
using Npgsql;

namespace Postgres.Testing;

/// <summary>Memory of a server on this machine, as the kernel accounts for it.</summary>
public static class ServerMemory
{
    /// <summary>Proportional set size, in bytes, of all processes of a server: what would be free without it. Null where it
    /// cannot be told: a server on another machine or in another process namespace, or a system without <c>/proc</c>.</summary>
    public static async Task<long?> ReadPssAsync(PostgresServer server, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (!Directory.Exists("/proc/self")) return null;
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return ParentOf(connection.ProcessID) is { } postmaster && NameOf(postmaster) == "postgres" ? PssOfTree(postmaster) : null;
    }

    internal static long? PssOfTree(int root)
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Select(name => int.TryParse(name, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0).ToDictionary(id => id, ParentOf);
        try
        {
            return parents.Keys.Where(id => id == root || parents[id] == root).Sum(Pss);
        }
        catch (UnauthorizedAccessException)
        {
            return null; // the server runs as somebody else
        }
    }

    static long Pss(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.AsSpan(4, line.Length - 6), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            return 0; // ended meanwhile
        }
    }

    static int? ParentOf(int process) => Status(process, "PPid:") is { } parent ? int.Parse(parent, CultureInfo.InvariantCulture) : null;

    static string? NameOf(int process) => Status(process, "Name:");

    static string? Status(int process, string key)
    {
        try
        {
            return File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
