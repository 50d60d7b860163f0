using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Postgres.Testing;

/// <summary>Counts connections that a process has open to a unit, through its data source or a connection string of its own.
/// The server cannot tell one that a test still holds from one that lies in a pool: Npgsql's metrics can.</summary>
static class OpenConnections
{
    const string Count = "db.client.connection.count", PreparedRatio = "db.client.operation.npgsql.prepared_ratio";

    [ThreadStatic]
    static (string Name, string String, PoolUse Use) wanted;

    static readonly Lazy<MeterListener> Listener = new(Listen);

    /// <summary>Pools that have run statements prepared by the protocol. A reading of the ratio begins it anew, for whichever unit it was.</summary>
    static readonly ConcurrentDictionary<string, bool> Prepared = [];

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

    static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument is { Meter.Name: "Npgsql", Name: Count or PreparedRatio }) it.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, count, tags, _) => Add(count, tags));
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => Add(count, tags));
        listener.SetMeasurementEventCallback<double>((_, ratio, tags, _) =>
        {
            if (ratio > 0 && Pool(tags) is { } pool) Prepared[pool] = true;
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
            else if (tag.Value is "used") use = use with { Open = use.Open + (int)count };
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
/// in use, of pools whose names say nothing of any unit, as data sources that were given names do.</summary>
readonly record struct PoolUse(int Open, int IdleOfSource, int IdleOfString, int Others)
{
    public int Known => Open + IdleOfSource + IdleOfString;
}
