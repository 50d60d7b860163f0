using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>All that a test can observe of its unit before it does anything, and what its first writes would meet.</summary>
static class UnitCheck
{
    /// <param name="lease">The lease of a test that comes afterwards.</param>
    /// <param name="digest">The unit as the server sees it.</param>
    /// <param name="token">Ends the reading.</param>
    public static async Task<string[]> ReadAsync(TestDatabase lease, string[] digest, CancellationToken token)
    {
        List<string> lines = [.. digest];
        await using var one = await lease.DataSource.OpenConnectionAsync(token);
        await using var two = new NpgsqlConnection(lease.ConnectionString);
        await two.OpenAsync(token);
        foreach (var session in (NpgsqlConnection[])[one, two]) await AddAsync(lines, session, SessionState, lease.SchemaName, token);
        await using (var transaction = await one.BeginTransactionAsync(token))
        {
            await AddAsync(lines, one, Behaviour, lease.SchemaName, token);
            foreach (var table in NastyVectors.Names) await AddAsync(lines, one, Nearest(table), lease.SchemaName, token);
        }
        return [.. lines];
    }

    static async Task AddAsync(List<string> lines, NpgsqlConnection session, string sql, string schema, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await using var reader = await command.ExecuteReaderAsync(token);
        do
        {
            while (await reader.ReadAsync(token)) lines.Add(reader.GetValue(0).ToString()!.Replace(schema, "unit", StringComparison.Ordinal));
        }
        while (await reader.NextResultAsync(token));
    }

    // A setting of the user's own that was set once in a session is empty from then on, not null: RESET ALL does no more.
    const string SessionState = """
        select concat_ws('|', 'setting', name, setting) from pg_settings where source in ('session', 'client', 'override') and name not in ('transaction_isolation', 'is_superuser', 'TimeZone') order by name;
        select concat_ws('|', 'session', current_user, session_user, current_schemas(false), nullif(current_setting('app.tenant', true), ''), current_setting('TimeZone'));
        select concat_ws('|', 'temporary', relname) from pg_class where relpersistence = 't' and pg_table_is_visible(oid);
        select concat_ws('|', 'prepared', name) from pg_prepared_statements; select concat_ws('|', 'cursor', name) from pg_cursors where name = 'h';
        select concat_ws('|', 'listens', c) from pg_listening_channels() c;
        select concat_ws('|', 'lock', locktype, mode, objid) from pg_locks join pg_stat_activity using (pid) where pid <> pg_backend_pid() and application_name = current_setting('application_name') and pg_locks.database = (select oid from pg_database where datname = current_database())
            and (locktype = 'advisory' and classid = 0 or relation in (select oid from pg_class where relnamespace = current_schema()::regnamespace));
        """;

    /// <summary>Rolled back, but for what no rollback takes back: sequences.</summary>
    const string Behaviour = """
        select concat_ws('|', 'next', nextval('tickets'), nextval('countdown'), nextval('tiny'), nextval('advanced'));
        insert into author (name) values ('check') returning concat_ws('|', 'default', id, mood, email, name_length);
        insert into book (author, title) values ((select id from author), 'check') returning concat_ws('|', 'default', id, pages);
        select concat_ws('|', 'by trigger', id, what, at) from book_log;
        do $$ begin insert into city (country, name) values ('nowhere', 'x'); raise 'no foreign key'; exception when foreign_key_violation then null; end $$;
        do $$ begin insert into author (name) values ('check'); raise 'no unique key'; exception when unique_violation then null; end $$;
        do $$ begin insert into truck (load) values (0); raise 'no check'; exception when check_violation then null; end $$;
        do $$ begin set constraints all immediate; insert into guard values (1, -1); raise 'no constraint trigger' using errcode = '22000'; exception when raise_exception then null; end $$;
        do $$ begin set local role oracle_tenant; insert into secret values ('a', 'b'); raise 'no policy'; exception when insufficient_privilege then null; end $$;
        """;

    /// <summary>50 rows more, then the ten nearest by index and by exact scan: equal distances, ten of them.</summary>
    static string Nearest(string table) => $"""
        insert into {table} (embedding) select array[i * 0.37, i % 5, i % 11]::vector(3) from generate_series(1, 50) i;
        set local enable_seqscan = off; set local hnsw.ef_search = 40; set local ivfflat.probes = 2;
        select concat_ws('|', 'nearest', '{table}', count(*), array_agg(d order by d) = (select array_agg(d order by d) from
            (select round(((embedding <-> '[3,1,2]') * 1000)::numeric) d from {table} order by (embedding <-> '[3,1,2]') + 0 limit 10) e))
        from (select round(((embedding <-> '[3,1,2]') * 1000)::numeric) d from {table} order by {(table == "memory_half" ? "embedding::halfvec(3) <-> '[3,1,2]'::halfvec(3)" : "embedding <-> '[3,1,2]'")} limit 10) n;
        """;
}
