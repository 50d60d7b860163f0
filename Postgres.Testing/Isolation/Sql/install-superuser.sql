-- Sessions of the engine carry postgres_testing.engine and are not noted. Sessions of a unit carry its name, so that DDL
-- in another schema is held against the test that ran it. Sessions with options of their own do not: in a unit's database
-- all they do counts, elsewhere what names a unit's schema, and what names none (GRANT) counts in all units.
-- DDL that is rolled back leaves no note, and needs none.
create or replace function postgres_testing.note_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    unit_schema constant text := 'test_[0-9a-f]{10}_[0-9]+';
    -- Of triggers, rules, policies and defaults nothing else tells that their table is a temporary one.
    of_temporary constant text := ' on pg_temp[.][^.]+$|^for pg_temp[.]';
    unit text := coalesce(current_setting('postgres_testing.unit', true), '');
begin
    if current_setting('postgres_testing.engine', true) = 'on' then return; end if;
    if unit = '' and current_database() ~ ('^' || unit_schema) then unit := current_database(); end if;
    if tg_event = 'sql_drop' then
        insert into postgres_testing.ddl
        select unit, coalesce(schema_name, substring(object_identity from unit_schema), object_name), tg_tag, object_type || ' ' || object_identity
        from pg_event_trigger_dropped_objects()
        where not is_temporary and object_identity !~ of_temporary and (unit <> '' or coalesce(schema_name, object_identity) ~ unit_schema);
    else
        insert into postgres_testing.ddl
        select unit, coalesce(schema_name, substring(object_identity from unit_schema), object_identity), command_tag, object_type || coalesce(' ' || object_identity, '')
        from pg_event_trigger_ddl_commands()
        -- PostgreSQL 17 says so of REINDEX, too, after which everything is as it was.
        where command_tag <> 'REINDEX' and schema_name is distinct from 'pg_temp' and coalesce(object_identity !~ of_temporary, true)
            and (unit <> '' or coalesce(schema_name, object_identity) ~ unit_schema);
        -- Of policies and default grants that name a role nothing is said, in whichever unit they are.
        if tg_tag = 'DROP OWNED' then
            insert into postgres_testing.ddl
            select distinct unit, s, tg_tag, 'what a role owned or was granted' from (select name from postgres_testing.units union all values (unit)) u(s);
        elsif unit = '' then
            insert into postgres_testing.ddl
            select unit, name, command_tag, object_type from pg_event_trigger_ddl_commands() cross join postgres_testing.units
            where object_identity is null and schema_name is null;
        end if;
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

-- Row versions of the few small catalogues that no event trigger covers: a tenth of what the list itself costs.
-- Not in the language SQL, whose functions are planned anew in every call.
create or replace function postgres_testing.audit_mark() returns bigint language plpgsql stable as $$
declare
    mark bigint := hash_array_extended(array(
            select xmin from pg_catalog.pg_authid
            union all select xmin from pg_catalog.pg_auth_members
            union all select xmin from pg_catalog.pg_db_role_setting
            union all select xmin from pg_catalog.pg_database where datname !~ '^test_[0-9a-f]{10}_'
            union all select xmin from pg_catalog.pg_largeobject_metadata
            union all select xmin from pg_catalog.pg_tablespace
            union all select xmin from pg_catalog.pg_shdescription
            union all select xmin from pg_catalog.pg_event_trigger
            union all select xmin from pg_catalog.pg_default_acl where defaclnamespace = 0
            union all select xmin from pg_catalog.pg_namespace where nspacl is not null and not starts_with(nspname::text, 'test_')
            union all select xmin from pg_catalog.pg_replication_origin), 0)
        # coalesce(hashtextextended((pg_catalog.pg_stat_file('postgresql.auto.conf', true)).modification::text, 0), 0);
begin
    -- Statements of their own: what most servers do not have is not even begun.
    if current_setting('max_prepared_transactions') <> '0' then
        mark := mark # (select coalesce(sum(transaction::text::bigint * 53), 0)::bigint from pg_catalog.pg_prepared_xact());
    end if;
    if current_setting('wal_level') <> 'minimal' then
        mark := mark # (select coalesce(sum(hashtextextended(slot_name, 0) % 1000000007), 0)::bigint from pg_catalog.pg_get_replication_slots());
    end if;
    return mark;
end $$;

-- What ALTER SYSTEM has set, and a hash of each password; nobody else may look.
create or replace function postgres_testing.superuser_findings() returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format('setting %s=%s of the server', name, setting) from pg_file_settings where sourcefile ~ 'postgresql[.]auto[.]conf$'
    union all select format('password of role %I, by its hash %s', rolname, hashtextextended(rolpassword, 0)) from pg_authid where rolpassword is not null
$$;

create or replace function postgres_testing.beside_schemas() returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
    select (select coalesce(sum(oid::bigint * 31 + xmin::text::bigint), 0) from pg_largeobject_metadata)::bigint
        + (select coalesce(sum((loid::bigint * 37 + pageno) * 41 + xmin::text::bigint), 0) from pg_largeobject)::bigint
        + (select coalesce(sum(oid::bigint * 43 + xmin::text::bigint), 0) from pg_event_trigger)::bigint
$$;
