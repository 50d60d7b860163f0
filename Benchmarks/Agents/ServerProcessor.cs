using System.Globalization;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Agents;

/// <summary>Processor time of a server on this machine.</summary>
static class ServerProcessor
{
    const double MillisecondsPerTick = 10; // USER_HZ is 100 on every Linux

    /// <summary>Milliseconds of all its processes, also of those that have ended; 0 where there is no <c>/proc</c>.</summary>
    public static async Task<double> ReadMsAsync(PostgresServer server, CancellationToken token)
    {
        if (!Directory.Exists("/proc/self")) return 0;
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(token);
        var processes = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _)).Select(name => (Id: name, Fields: Read(name!))).Where(process => process.Fields.Length > 0).ToList();
        var postmaster = processes.Single(process => process.Id == connection.ProcessID.ToString(CultureInfo.InvariantCulture)).Fields[1];
        // User and system time; the postmaster has that of its ended children too.
        return MillisecondsPerTick * processes.Sum(process => process.Id == postmaster ? Sum(process.Fields[11..15]) : process.Fields[1] == postmaster ? Sum(process.Fields[11..13]) : 0);

        static double Sum(string[] ticks) => ticks.Sum(tick => double.Parse(tick, CultureInfo.InvariantCulture));
    }

    /// <summary>The fields of <c>/proc/PID/stat</c> after the name: state, parent, …</summary>
    static string[] Read(string process)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{process}/stat");
            return line[(line.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return []; // ended meanwhile
        }
    }
}
