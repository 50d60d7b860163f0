using System.Globalization;
using System.Text;

namespace Postgres.Testing;

/// <summary>One entry of a server's log.</summary>
/// <param name="Time">When, in UTC.</param>
/// <param name="ProcessId">The backend's process.</param>
/// <param name="ApplicationName">The session's <c>application_name</c>; empty for the server's own processes.</param>
/// <param name="SqlState">The five characters that tell the error, such as <c>23505</c>.</param>
/// <param name="Severity"><c>WARNING</c>, <c>ERROR</c>, <c>FATAL</c>, <c>PANIC</c> or <c>LOG</c>.</param>
/// <param name="Message">Message, with lines for <c>DETAIL</c>, <c>HINT</c>, <c>CONTEXT</c> and <c>STATEMENT</c> where the server gave them.</param>
public sealed record PostgresLogEntry(DateTime Time, int ProcessId, string ApplicationName, string SqlState, string Severity, string Message);

/// <summary>The log of an embedded server.</summary>
public sealed class PostgresLog
{
    /// <summary><c>log_line_prefix</c>: an application name has no tabs, so they separate.</summary>
    internal const string Prefix = "%m\t%p\t%a\t%e\t";

    static readonly string[] Severities = ["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "LOG", "FATAL", "PANIC"];

    internal PostgresLog(string path) => Path = path;

    /// <summary>Full path of the log file; it goes with the server.</summary>
    public string Path { get; }

    /// <summary>Length of the log in bytes: the place from which to read what comes later.</summary>
    public long Position => File.Exists(Path) ? new FileInfo(Path).Length : 0;

    /// <summary>Reads the text from byte <paramref name="since"/> on; empty once the server is gone.</summary>
    public async Task<string> ReadAsync(long since = 0, CancellationToken cancellationToken = default)
    {
        try
        {
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Min(since, file.Length);
            using var reader = new StreamReader(file);
            return await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Reads the entries that sessions of <paramref name="applicationName"/> caused, from byte <paramref name="since"/> on.</summary>
    /// <param name="applicationName">As given in the connection string; null for all entries.</param>
    /// <param name="since">An earlier <see cref="Position"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<PostgresLogEntry>> ReadEntriesAsync(string? applicationName, long since = 0, CancellationToken cancellationToken = default)
    {
        var names = applicationName is null ? null : Printed(applicationName).ToList();
        var entries = Parse(await ReadAsync(since, cancellationToken).ConfigureAwait(false));
        return names is null ? entries : [.. entries.Where(entry => names.Contains(entry.ApplicationName))];
    }

    /// <summary>The last lines, for a message.</summary>
    internal async Task<string> TailAsync(int lines = 8)
        => string.Join('\n', (await ReadAsync().ConfigureAwait(false)).TrimEnd().Split('\n').TakeLast(lines).Select(line => "  " + line.Replace('\t', ' ')));

    internal static List<PostgresLogEntry> Parse(string text)
    {
        var entries = new List<PostgresLogEntry>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('\t', 5) is [var time, var process, var application, var state, var rest]
                && DateTime.TryParseExact(time, "yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
                && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                var severity = rest[..Math.Max(rest.IndexOf(':', StringComparison.Ordinal), 0)];
                if (Severities.Contains(severity.TrimEnd('1', '2', '3', '4', '5')))
                    entries.Add(new(at, id, application, state, severity, rest[(severity.Length + 1)..].TrimStart()));
                else Extend(id, rest);
            }
            else Extend(null, line.TrimStart('\t'));
        }
        return entries;

        // DETAIL, STATEMENT and so on have a prefix of their own, continued lines have none.
        void Extend(int? process, string line)
        {
            var last = process is null ? entries.Count - 1 : entries.FindLastIndex(entry => entry.ProcessId == process);
            if (last >= 0) entries[last] = entries[last] with { Message = entries[last].Message + "\n" + line };
        }
    }

    // The server keeps 63 bytes, and replaces what is not printable ASCII: up to 15 with '?', from 16 on with \x and two digits.
    static IEnumerable<string> Printed(string name)
    {
        var kept = Encoding.UTF8.GetBytes(name).AsSpan();
        var length = Math.Min(kept.Length, 63);
        while (length < kept.Length && (kept[length] & 0xC0) == 0x80) length--;
        var bytes = kept[..length].ToArray();
        yield return string.Concat(bytes.Select(b => b is >= 32 and < 127 ? $"{(char)b}" : "?"));
        yield return string.Concat(bytes.Select(b => b is >= 32 and < 127 ? $"{(char)b}" : $"\\x{b:x2}"));
    }
}
