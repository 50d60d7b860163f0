using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Npgsql;

namespace Postgres.Testing;

/// <summary>Counts connections that a process has open to a unit, through its data source or a connection string of its own.
/// The server cannot tell one that a test still holds from one that lies in a pool: Npgsql's metrics can.</summary>
static class OpenConnections
{
    const string Count = "db.client.connection.count", PreparedRatio = "db.client.operation.npgsql.prepared_ratio", CreateTime = "db.client.connection.npgsql.create_time";

    /// <summary>Ended leases that are remembered.</summary>
    const int Memory = 1000;

    [ThreadStatic]
    static (string Name, string String, PoolUse Use) wanted;

    static readonly Lazy<MeterListener> Listener = new(Listen);

    /// <summary>Pools that have run statements prepared by the protocol. A reading of the ratio begins it anew, for whichever unit it was.</summary>
    static readonly ConcurrentDictionary<string, bool> Prepared = [];

    /// <summary>Names of ended leases, each with its unit, whose tests were given a connection string: what still opens connections by it goes on after its test.</summary>
    static readonly ConcurrentDictionary<(string Application, string Unit), bool> Ended = [];

    static readonly ConcurrentQueue<(string Application, string Unit)> EndedInOrder = [];

    /// <summary>Which ended lease has opened a connection to a unit.</summary>
    static readonly ConcurrentDictionary<string, string> Intruders = [];

    /// <summary>Begins to listen: what was opened earlier counts too.</summary>
    public static void Watch() => _ = Listener.Value;

    /// <summary>Connections of pools that carry the unit's name.</summary>
    /// <param name="unit">The name.</param>
    /// <param name="connectionString">The unit's own, without a password.</param>
    public static PoolUse Of(string unit, string connectionString)
    {
        // One at a time: a ratio that another thread has read must have arrived.
        lock (Prepared)
        {
            wanted = (unit, connectionString, default);
            Listener.Value.RecordObservableInstruments();
            return wanted.Use;
        }
    }

    /// <summary>Whether the last look found statements prepared in pools of the unit, since they were asked for.</summary>
    public static bool TakePrepared(string unit)
    {
        if (Prepared.IsEmpty) return false;
        var any = false;
        foreach (var pool in Prepared.Keys) any |= Names(pool, unit) && Prepared.TryRemove(pool, out _);
        return any;
    }

    /// <summary>From now on nobody ought to connect to the unit under this name.</summary>
    public static void End(string application, string unit)
    {
        if (!Ended.TryAdd((application, unit), true)) return;
        EndedInOrder.Enqueue((application, unit));
        if (EndedInOrder.Count > Memory && EndedInOrder.TryDequeue(out var oldest)) Ended.TryRemove(oldest, out _);
    }

    /// <summary>A test of this name has the unit again.</summary>
    public static void Begin(string application, string unit) => Ended.TryRemove((application, unit), out _);

    /// <summary>Name of the ended lease by whose string somebody has connected to the unit since this was last asked.</summary>
    public static string? TakeIntruder(string unit) => Intruders.TryRemove(unit, out var application) ? application : null;

    /// <summary>Whether sessions of this name are those of a lease that has ended.</summary>
    public static bool HasEnded(string application, string unit) => Ended.ContainsKey((application, unit));

    static void NoteNew(string pool)
    {
        if (Ended.IsEmpty || ApplicationName(pool) is not { } application) return;
        foreach (var ((name, unit), _) in Ended)
            if (name == application && Names(pool, unit)) Intruders[unit] = name;
    }

    static string? EndedName(string pool, string unit)
        => !Ended.IsEmpty && ApplicationName(pool) is { } application && HasEnded(application, unit) ? application : null;

    static string? ApplicationName(string pool)
    {
        if (!pool.Contains('=', StringComparison.Ordinal)) return null; // a data source, which has a name
        try
        {
            return new NpgsqlConnectionStringBuilder(pool).ApplicationName;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null; // a data source whose name has an equals sign
        }
    }

    static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument is { Meter.Name: "Npgsql", Name: Count or PreparedRatio or CreateTime }) it.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, count, tags, _) => Add(count, tags));
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => Add(count, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (value <= 0 || Pool(tags) is not { } pool) return;
            if (instrument.Name == CreateTime) NoteNew(pool);
            else Prepared[pool] = true;
        });
        listener.Start();
        return listener;
    }

    static void Add(long count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (count == 0 || wanted.Name is null || Pool(tags) is not { } pool) return;
        var isUnits = Names(pool, wanted.Name);
        if (!isUnits && (pool == UnitConnections.EngineName || pool.Contains("test_", StringComparison.Ordinal))) return;
        ref var use = ref wanted.Use;
        foreach (var tag in tags)
        {
            if (tag.Key != "db.client.connection.state") continue;
            if (!isUnits) use = use with { Others = use.Others + (tag.Value is "used" ? (int)count : 0) };
            else if (tag.Value is "used") use = use with { Open = use.Open + (int)count, Ended = use.Ended ?? EndedName(pool, wanted.Name) };
            else if (pool == wanted.Name) use = use with { IdleOfSource = use.IdleOfSource + (int)count };
            else if (pool == wanted.String) use = use with { IdleOfString = use.IdleOfString + (int)count };
        }
    }

    static string? Pool(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
            if (tag.Key == "db.client.connection.pool.name") return tag.Value as string;
        return null;
    }

    /// <summary>A data source goes by the unit's name, the pool of a connection string by the string, which has it inside.</summary>
    static bool Names(string pool, string unit)
    {
        var at = pool.IndexOf(unit, StringComparison.Ordinal);
        return at >= 0 && (at + unit.Length == pool.Length || !char.IsAsciiDigit(pool[at + unit.Length]));
    }
}

/// <summary>Connections of one unit: in the hands of a test, idle in its data source's pool, idle in that of its connection string; and
/// in use, of pools whose names say nothing of any unit, as data sources that were given names do. Of an ended lease by whose string some of
/// the open ones were opened, or just are being, the name.</summary>
readonly record struct PoolUse(int Open, int IdleOfSource, int IdleOfString, int Others, string? Ended)
{
    public int Known => Open + IdleOfSource + IdleOfString;
}
