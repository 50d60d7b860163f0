using System.Diagnostics;
using Npgsql;

namespace Postgres.Testing;

/// <summary>Ends what a test left running on its unit.</summary>
static class LeakedSessions
{
    /// <summary>Ends the sessions of these processes; null among them stands for prepared transactions on the unit's tables.</summary>
    public static async Task<List<LeakedSession>> EndAsync(NpgsqlConnection control, int?[] pids, uint[] relations, TimeSpan limit, CancellationToken cancellationToken)
    {
        List<LeakedSession> leaks = [];
        await using (var command = new NpgsqlCommand("""
            select a.pid, coalesce(a.application_name, ''),
                concat_ws(', ', a.state, (select 'holds advisory locks' from pg_locks l where l.pid = a.pid and l.locktype = 'advisory' limit 1)),
                coalesce(a.query, ''), pg_terminate_backend(a.pid, $2)
            from pg_stat_activity a where a.pid = any($1)
            """, control)
        { Parameters = { new() { Value = pids.OfType<int>().ToArray() }, new() { Value = Milliseconds(limit) } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                leaks.Add(new(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        if (pids.Contains(null)) leaks.AddRange(await RollBackPreparedAsync(control, relations, cancellationToken).ConfigureAwait(false));
        return leaks;
    }

    /// <summary>Ends the sessions whose connections a test of this process has not closed. The pools must have been cleared: what
    /// then remains of the unit, beyond what is just going, is what is still open.</summary>
    public static async Task<List<LeakedSession>> EndOpenAsync(NpgsqlConnection control, string application, int open, uint[] relations, TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select array(select pid from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid())", control)
        { Parameters = { new() { Value = application } } };
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var pids = (int[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            if (pids.Length <= open || Stopwatch.GetElapsedTime(started) > limit)
                return await EndAsync(control, [.. pids.Select(p => (int?)p)], relations, limit, cancellationToken).ConfigureAwait(false);
            await Task.Delay(2, cancellationToken).ConfigureAwait(false);
        }
    }

    static async Task<List<LeakedSession>> RollBackPreparedAsync(NpgsqlConnection control, uint[] relations, CancellationToken cancellationToken)
    {
        List<string> names = [];
        await using (var command = new NpgsqlCommand("""
            select distinct x.gid from pg_prepared_xacts x join pg_locks t on t.locktype = 'transactionid' and t.transactionid = x.transaction and t.pid is null
            join pg_locks l on l.virtualtransaction = t.virtualtransaction and l.pid is null and l.relation = any($1)
            where x.database = current_database()
            """, control)
        { Parameters = { new() { Value = relations } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) names.Add(reader.GetString(0));
        foreach (var name in names)
        {
            await using var rollback = new NpgsqlCommand($"rollback prepared {SqlText.Literal(name)}", control);
            await rollback.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        return [.. names.Select(n => new LeakedSession(0, "", "prepared transaction", n))];
    }

    static long Milliseconds(TimeSpan limit) => Math.Max(100, (long)limit.TotalMilliseconds);
}
