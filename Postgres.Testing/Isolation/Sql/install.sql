-- What the engine keeps in a database: notes of DDL, pristine copies of seeded tables and one reset function per unit.
create schema if not exists postgres_testing;
grant usage on schema postgres_testing to public;

create unlogged table if not exists postgres_testing.ddl (unit text, schema text, tag text, object text);

-- Sessions of the engine carry postgres_testing.engine and are not noted. Sessions of a unit carry its name, so that DDL
-- in another schema is held against the test that ran it. DDL that is rolled back leaves no note, and needs none.
create or replace function postgres_testing.note_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if current_setting('postgres_testing.engine', true) = 'on' then return; end if;
    if tg_event = 'sql_drop' then
        insert into postgres_testing.ddl
        select current_setting('postgres_testing.unit', true), coalesce(schema_name, object_name), tg_tag, object_type || ' ' || object_identity
        from pg_event_trigger_dropped_objects() where not is_temporary;
    else
        insert into postgres_testing.ddl
        select current_setting('postgres_testing.unit', true), coalesce(schema_name, object_identity), command_tag,
            object_type || coalesce(' ' || object_identity, '')
        from pg_event_trigger_ddl_commands() where schema_name is distinct from 'pg_temp';
    end if;
end $$;

do $$
begin
    if not exists (select from pg_event_trigger where evtname = 'postgres_testing_ddl') then
        create event trigger postgres_testing_ddl on ddl_command_end execute function postgres_testing.note_ddl();
        create event trigger postgres_testing_drop on sql_drop execute function postgres_testing.note_ddl();
    end if;
end $$;

-- Fired before every statement that writes to a seeded table. A sequence keeps the mark through a rollback, makes no
-- session wait for another and costs no row; "before", because a statement that fails has also left dead index entries.
create or replace function postgres_testing.mark_dirty() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform nextval(tg_argv[0]::regclass);
    return null;
end $$;

-- Client sessions that have a transaction open on a unit or hold advisory locks in its name; null for a prepared
-- transaction. Whoever else holds locks on the unit's tables is in a unit that is not its own, and counts too.
create or replace function postgres_testing.sessions_of(unit text, relations oid[]) returns int[]
language sql set search_path = pg_catalog, pg_temp as $$
    select coalesce(array_agg(pid), '{}') from (
        select a.pid from pg_stat_get_activity(null) a
        where a.pid <> pg_backend_pid() and a.backend_type = 'client backend' and a.application_name = unit and a.state <> 'idle'
        union
        select l.pid from pg_locks l left join pg_stat_get_activity(l.pid) a on true
        where l.pid is distinct from pg_backend_pid() and coalesce(a.backend_type, 'client backend') = 'client backend'
            and (l.locktype = 'advisory' and a.application_name = unit
                 or l.relation = any(relations) and l.database = (select oid from pg_database where datname = current_database()))
    ) s
$$;
