-- Sessions of the engine carry postgres_testing.engine and are not noted. Sessions of a unit carry its name, so that DDL
-- in another schema is held against the test that ran it. DDL that is rolled back leaves no note, and needs none.
create or replace function postgres_testing.note_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    unit text := coalesce(current_setting('postgres_testing.unit', true), '');
begin
    if current_setting('postgres_testing.engine', true) = 'on' then return; end if;
    if tg_event = 'sql_drop' then
        insert into postgres_testing.ddl
        select unit, coalesce(schema_name, object_name), tg_tag, object_type || ' ' || object_identity
        from pg_event_trigger_dropped_objects()
        where not is_temporary and (unit <> '' or coalesce(schema_name, object_name) ~ '^test_[0-9a-f]{10}_');
    else
        insert into postgres_testing.ddl
        select unit, coalesce(schema_name, object_identity), command_tag, object_type || coalesce(' ' || object_identity, '')
        from pg_event_trigger_ddl_commands()
        where schema_name is distinct from 'pg_temp' and (unit <> '' or coalesce(schema_name, object_identity) ~ '^test_[0-9a-f]{10}_');
    end if;
end $$;

do $$
begin
    if not exists (select from pg_event_trigger where evtname = 'postgres_testing_ddl') then
        create event trigger postgres_testing_ddl on ddl_command_end execute function postgres_testing.note_ddl();
        create event trigger postgres_testing_drop on sql_drop execute function postgres_testing.note_ddl();
        alter event trigger postgres_testing_ddl enable always;
        alter event trigger postgres_testing_drop enable always;
    end if;
end $$;

-- Row versions of the few small catalogues that no event trigger covers: a tenth of what the list itself costs. Not in the
-- language SQL, whose functions are planned anew in every call.
create or replace function postgres_testing.audit_mark() returns bigint language plpgsql stable as $$
begin
    return (select coalesce(sum(oid::bigint * 31 + xmin::text::bigint), 0) from pg_catalog.pg_authid)
        + (select coalesce(sum(roleid::bigint * 37 + xmin::text::bigint), 0) from pg_catalog.pg_auth_members)
        + (select coalesce(sum(setrole::bigint * 41 + xmin::text::bigint), 0) from pg_catalog.pg_db_role_setting)
        + (select coalesce(sum(oid::bigint * 43 + xmin::text::bigint), 0) from pg_catalog.pg_database where datname !~ '^test_[0-9a-f]{10}_')
        + (select coalesce(sum(oid::bigint * 47), 0) from pg_catalog.pg_largeobject_metadata)
        + case when current_setting('max_prepared_transactions') = '0' then 0
            else (select coalesce(sum(transaction::text::bigint * 53), 0) from pg_catalog.pg_prepared_xact()) end;
end $$;

create or replace function postgres_testing.large_objects() returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
    select (select coalesce(sum(oid::bigint * 31 + xmin::text::bigint), 0) from pg_largeobject_metadata)::bigint
        + (select coalesce(sum((loid::bigint * 37 + pageno) * 41 + xmin::text::bigint), 0) from pg_largeobject)::bigint
$$;
