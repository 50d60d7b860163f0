namespace AppHost;

/// <summary>Empties, copies and brings back the tables of the agent's schema, whichever they are.</summary>
public static class AgentSchemaSql
{
    // What the migrations have done stays done.
    const string Tables = """
        select c.oid, c.relname from pg_class c
        where c.relnamespace = to_regnamespace('agent') and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname <> 'schema_migrations'
        """;

    const string Truncate = $"""
        select string_agg(format('agent.%I', relname), ', ') into names from ({Tables}) t;
        if names is null then
            raise exception 'The agent has no tables here yet. Start it once: it migrates when it starts.';
        end if;
        execute 'truncate ' || names || ' restart identity cascade';
        """;

    public const string Reset = $"""
        do $do$ declare names text; begin
            {Truncate}
        end $do$
        """;

    public const string Snapshot = $"""
        do $do$ declare item record; begin
            drop schema if exists agent_snapshot cascade;
            create schema agent_snapshot;
            for item in {Tables} loop
                execute format('create table agent_snapshot.%I as table agent.%I', item.relname, item.relname);
            end loop;
            create table agent_snapshot."sequences of agent" (name text, value bigint, called bool);
            for item in select relname from pg_class where relnamespace = to_regnamespace('agent') and relkind = 'S' loop
                execute format('insert into agent_snapshot."sequences of agent" select %L, last_value, is_called from agent.%I', item.relname, item.relname);
            end loop;
        end $do$
        """;

    // Foreign keys and triggers would see a half-restored state: they held when the snapshot was taken.
    public const string Restore = $"""
        do $do$ declare names text; item record; begin
            if to_regnamespace('agent_snapshot') is null then
                raise exception 'There is no snapshot to restore. Run the command Snapshot first.';
            end if;
            set local session_replication_role = replica;
            {Truncate}
            for item in select t.relname, string_agg(format('%I', a.attname), ', ') as columns
                from ({Tables}) t join pg_attribute a on a.attrelid = t.oid
                where a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                  and exists (select from pg_attribute s where s.attrelid = to_regclass(format('agent_snapshot.%I', t.relname)) and s.attname = a.attname)
                group by t.relname loop
                execute format('insert into agent.%I (%s) overriding system value select %s from agent_snapshot.%I',
                    item.relname, item.columns, item.columns, item.relname);
            end loop;
            for item in select * from agent_snapshot."sequences of agent" loop
                perform setval(format('agent.%I', item.name), item.value, item.called);
            end loop;
        end $do$
        """;
}
