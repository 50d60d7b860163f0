using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A data source of one lease, whose sessions carry the name of its test.</summary>
sealed class NamedConnections : IAsyncDisposable
{
    const int LongestName = 63; // bytes; the server cuts beyond, perhaps within a character

    /// <summary>Names in use in this process. Sessions of a test are known by their name: with two tests of one name at once, a leak
    /// of the one would end the sessions of the other.</summary>
    static readonly ConcurrentDictionary<string, byte> Taken = [];

    readonly bool alone;

    public NamedConnections(string connectionString, string unit, string testName, bool shared)
    {
        var label = Label(testName, unit);
        alone = !shared && label != UnitConnections.EngineName && Taken.TryAdd(label, 0);
        ApplicationName = alone || label == unit ? label : $"{label[..Math.Min(label.Length, LongestName - unit.Length - 1)]} {unit}";
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = ApplicationName }.ConnectionString;
        DataSource = new NpgsqlDataSourceBuilder(ConnectionString) { Name = unit }.Build();
    }

    public string ApplicationName { get; }

    public string ConnectionString { get; }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>The name, as far as the server can hold it: it replaces what is not printable ASCII by escapes of its own, so that
    /// such characters are written as '?', and it cuts at 63 bytes.</summary>
    public static string Label(string testName, string unit)
    {
        var label = new StringBuilder();
        foreach (var rune in testName.EnumerateRunes())
        {
            if (label.Length == LongestName) break;
            label.Append(rune.Value is >= 32 and < 127 ? (char)rune.Value : '?');
        }
        return string.IsNullOrWhiteSpace(label.ToString()) ? unit : label.ToString().Trim().ToString(CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (alone) Taken.TryRemove(ApplicationName, out _);
        await DataSource.DisposeAsync().ConfigureAwait(false);
        await using var raw = new NpgsqlConnection(ConnectionString);
        NpgsqlConnection.ClearPool(raw);
    }
}
