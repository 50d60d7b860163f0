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
    readonly string connectionString;
    readonly string unit;

    public NamedConnections(string connectionString, string unit, string testName, bool shared)
    {
        var label = Label(testName, unit);
        alone = !shared && label != UnitConnections.EngineName && Taken.TryAdd(label, 0);
        ApplicationName = alone || label == unit ? label : $"{label[..Math.Min(label.Length, LongestName - unit.Length - 1)]} {unit}";
        this.unit = unit;
        OpenConnections.Begin(ApplicationName, unit);
        this.connectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = ApplicationName,
            // Pools that others make from this string nobody here can clear, and no other test uses again.
            ConnectionIdleLifetime = 2,
            ConnectionPruningInterval = 1,
        }.ConnectionString;
        DataSource = new NpgsqlDataSourceBuilder(this.connectionString) { Name = unit }.Build();
    }

    public string ApplicationName { get; }

    public string ConnectionString
    {
        get
        {
            IsAsked = true;
            return connectionString;
        }
    }

    /// <summary>Whether somebody has the string, and may go on to connect by it.</summary>
    public bool IsAsked { get; private set; }

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
        if (IsAsked) OpenConnections.End(ApplicationName, unit);
        Clear();
        await DataSource.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the connections that nobody uses. Npgsql never forgets the pool of a string, so that none is made here for one that nobody has.</summary>
    public void Clear()
    {
        DataSource.Clear();
        if (!IsAsked) return;
        using var raw = new NpgsqlConnection(connectionString);
        NpgsqlConnection.ClearPool(raw);
    }
}
