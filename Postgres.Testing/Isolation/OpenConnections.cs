using System.Diagnostics.Metrics;

namespace Postgres.Testing;

/// <summary>Counts connections that a process has open to a unit, through its data source or a connection string of its own.
/// The server cannot tell one that a test still holds from one that lies in a pool: Npgsql's metrics can.</summary>
static class OpenConnections
{
    const string Instrument = "db.client.connection.count";

    [ThreadStatic]
    static (string Name, long Count) wanted;

    static readonly Lazy<MeterListener> Listener = new(Listen);

    /// <summary>Begins to listen: what was opened earlier counts too.</summary>
    public static void Watch() => _ = Listener.Value;

    /// <summary>Connections in use of pools that carry the unit's name.</summary>
    public static int Of(string unit)
    {
        wanted = (unit, 0);
        Listener.Value.RecordObservableInstruments();
        return (int)wanted.Count;
    }

    static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Meter.Name == "Npgsql" && instrument.Name == Instrument) it.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, count, tags, _) => Add(count, tags));
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => Add(count, tags));
        listener.Start();
        return listener;
    }

    static void Add(long count, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (count == 0 || wanted.Name is null) return;
        var (ours, used) = (false, false);
        foreach (var tag in tags)
        {
            if (tag.Key == "db.client.connection.pool.name") ours = tag.Value is string name && Names(name, wanted.Name);
            if (tag.Key == "db.client.connection.state") used = tag.Value is "used";
        }
        if (ours && used) wanted.Count += count;
    }

    /// <summary>A data source goes by the unit's name, the pool of a connection string by the string, which has it inside.</summary>
    static bool Names(string pool, string unit)
    {
        var at = pool.IndexOf(unit, StringComparison.Ordinal);
        return at >= 0 && (at + unit.Length == pool.Length || !char.IsAsciiDigit(pool[at + unit.Length]));
    }
}
