using System.Diagnostics;
using Npgsql;

namespace Postgres.Testing;

/// <summary>Ends what a test left running on its unit.</summary>
static class LeakedSessions
{
    /// <summary>What the sessions of these processes are doing.</summary>
    public static async Task<List<LeakedSession>> DescribeAsync(NpgsqlConnection control, int?[] pids, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select a.pid, coalesce(a.application_name, ''),
                concat_ws(', ', coalesce(a.state, 'of role ' || a.usename), (select 'holds advisory locks' from pg_locks l where l.pid = a.pid and l.locktype = 'advisory' limit 1)),
                coalesce(a.query, '')
            from pg_stat_activity a where a.pid = any($1)
            """, control)
        { Parameters = { new() { Value = pids.OfType<int>().ToArray() } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<LeakedSession> leaks = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            leaks.Add(new(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return leaks;
    }

    /// <summary>Ends the sessions of these processes; null among them stands for prepared transactions on the unit,
    /// which are returned.</summary>
    public static async Task<List<LeakedSession>> EndAsync(NpgsqlConnection control, int?[] pids, Catalogue? unit, TimeSpan limit, CancellationToken cancellationToken)
    {
        foreach (var pid in pids.OfType<int>())
        {
            await using var command = new NpgsqlCommand("select pg_terminate_backend($1, $2)", control)
            { Parameters = { new() { Value = pid }, new() { Value = Math.Max(100, (long)limit.TotalMilliseconds) } } };
            try
            {
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // That of a role which is not the engine's to end: it is found again, and the unit is given up. The others end all the same.
            }
        }
        return pids.Contains(null) ? await RollBackPreparedAsync(control, unit, cancellationToken).ConfigureAwait(false) : [];
    }

    /// <summary>The sessions whose connections a test of this process has not closed: what remains of the unit, beyond what lies in its
    /// pools and what is just going.</summary>
    /// <param name="control">A session of the engine.</param>
    /// <param name="application">What the unit's sessions are called.</param>
    /// <param name="isDatabase">Whether the unit is the whole database.</param>
    /// <param name="idle">Processes of sessions that lie in the pools.</param>
    /// <param name="open">How many connections are open.</param>
    /// <param name="limit">How long to wait for others to go.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<int?[]> FindOpenAsync(
        NpgsqlConnection control, string application, bool isDatabase, List<int> idle, int open, TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var command = Find(control, application, isDatabase);
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(2, cancellationToken).ConfigureAwait(false))
        {
            int?[] pids = [.. (await ReadAsync(command, cancellationToken).ConfigureAwait(false)).Where(pid => !idle.Contains(pid!.Value))];
            if (pids.Length <= open || Stopwatch.GetElapsedTime(started) > limit) return pids;
        }
    }

    /// <summary>How many sessions there are of a unit.</summary>
    public static async Task<int> CountAsync(NpgsqlConnection control, string application, bool isDatabase, CancellationToken cancellationToken)
    {
        await using var command = Find(control, application, isDatabase);
        return (await ReadAsync(command, cancellationToken).ConfigureAwait(false)).Length;
    }

    /// <summary>Whether the database has sessions under names that are neither the engine's nor a unit's: a connection of the test that is
    /// open under none of its names may be one of them.</summary>
    public static async Task<bool> AnyUnderOtherNamesAsync(NpgsqlConnection control, string application, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select exists (select from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
                and application_name <> '{UnitConnections.EngineName}' and application_name <> $1 and application_name !~ '{UnitFactory.NamePattern}')
            """, control)
        { Parameters = { new() { Value = application } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    static NpgsqlCommand Find(NpgsqlConnection control, string application, bool isDatabase) => new($"""
        select array(select pid from pg_stat_activity where pid <> pg_backend_pid() and (application_name = $1
            {(isDatabase ? "or datname = current_database() and backend_type = 'client backend'" : "")}))
        """, control)
    { Parameters = { new() { Value = application } } };

    static async Task<int?[]> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return reader.GetFieldValue<int?[]>(0);
    }

    /// <summary>Without a unit: all of the database.</summary>
    static async Task<List<LeakedSession>> RollBackPreparedAsync(NpgsqlConnection control, Catalogue? unit, CancellationToken cancellationToken)
    {
        List<string> names = [];
        await using (var command = new NpgsqlCommand($"""
            select distinct x.gid from pg_prepared_xacts x
            {(unit is null ? "" : """
            join pg_locks t on t.locktype = 'transactionid' and t.transactionid = x.transaction and t.pid is null
            join pg_locks l on l.virtualtransaction = t.virtualtransaction and l.pid is null and (l.relation = any($1)
                or l.classid = 'pg_namespace'::regclass and l.objid in (select oid from pg_namespace where nspname = any($2)))
            """)}
            where x.database = current_database()
            """, control))
        {
            if (unit is not null)
            {
                command.Parameters.Add(new() { Value = unit.Tables.Select(t => t.Oid).ToArray(), DataTypeName = "oid[]" });
                command.Parameters.Add(new() { Value = unit.Schemas });
            }
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) names.Add(reader.GetString(0));
        }
        foreach (var name in names)
        {
            await using var rollback = new NpgsqlCommand($"rollback prepared {SqlText.Literal(name)}", control);
            await rollback.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        return [.. names.Select(n => new LeakedSession(0, "", "prepared transaction", n))];
    }
}
