-- What the engine keeps in a database: a list of units, notes of DDL, pristine copies of seeded tables, one reset function
-- per catalogue. Everything here can be run again at any time.
create schema if not exists postgres_testing;
grant usage on schema postgres_testing to public;

create table if not exists postgres_testing.units (
    name text primary key, template text, is_database boolean not null, catalogue text, used_at timestamptz not null default now());

do $$
begin
    if not exists (select from pg_attribute where attrelid = 'postgres_testing.units'::regclass and attname = 'used_at') then
        alter table postgres_testing.units add column used_at timestamptz not null default now(); -- a server kept since an earlier edition
    end if;
end $$;

create unlogged table if not exists postgres_testing.ddl (unit text, schema text, tag text, object text);

-- Fired before every statement that writes to a seeded table. A sequence keeps the mark through a rollback, makes no
-- session wait for another and costs no row; "before", because a statement that fails has also left dead index entries.
create or replace function postgres_testing.mark_dirty() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform nextval(tg_argv[0]::regclass);
    return null;
end $$;

-- An IVFFlat index has the centres that its rows had when it was made: after a truncation, none.
create or replace function postgres_testing.find_centres(t oid) returns void language plpgsql as $$
declare i regclass;
begin
    for i in select x.indexrelid from pg_index x join pg_class c on c.oid = x.indexrelid join pg_am a on a.oid = c.relam where x.indrelid = t and a.amname = 'ivfflat' loop
        execute format('reindex index %s', i);
    end loop;
end $$;

-- Client sessions that hold locks on these relations, and go on to in the same transaction for as long as the engine waits for any lock. Whoever
-- looks at all tables of the database, at their sizes or to vacuum them, holds each for a moment only.
create or replace function postgres_testing.lasting_holders(relations oid[]) returns int[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    began constant timestamptz := clock_timestamp();
    patience constant interval := current_setting('lock_timeout')::interval;
    transactions text[];
    pids int[];
begin
    loop
        perform pg_stat_clear_snapshot();
        select array_agg(distinct l.virtualtransaction), array_agg(distinct l.pid) into transactions, pids
            from pg_lock_status() l left join lateral pg_stat_get_activity(l.pid) a on true
            where l.locktype = 'relation' and l.relation = any(relations) and l.database = (select oid from pg_database where datname = current_database())
                and l.pid <> pg_backend_pid() and (transactions is null or l.virtualtransaction = any(transactions))
                and coalesce(a.backend_type, case when a.pid is null or a.usesysid is not null then 'client backend' end) = 'client backend';
        exit when pids is null or clock_timestamp() > began + patience;
        perform pg_sleep(0.005);
    end loop;
    return coalesce(pids, '{}');
end $$;

-- What a unit's catalogue says of it, in one number: where no event trigger can be had, DDL shows by it. Numbers that change
-- without DDL (file, size, age, statistics) are left out. "whole": the unit is the database, and so is what has no schema, or a new one.
create or replace function postgres_testing.catalogue_digest(schemas text[], whole boolean) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
    with n as (select oid from pg_namespace where nspname = any(schemas) or whole and nspname !~ '^pg_' and nspname not in ('information_schema', 'postgres_testing')),
    c as (select *, xmin as version from pg_class where relnamespace in (select oid from n)),
    functions as (select oid from pg_proc where pronamespace in (select oid from n)),
    types as (select oid from pg_type where typnamespace in (select oid from n)),
    lines as (
        select concat_ws('|', 'c', relname, relkind, relpersistence, relam, relowner, relacl, reloptions, reloftype, relrowsecurity, relforcerowsecurity, relispartition, relreplident,
            relispopulated, case when relkind = 'm' then concat(relfilenode, ' ', version) end, pg_get_expr(relpartbound, oid),
            (select x.reloptions from pg_class x where x.oid = c.reltoastrelid)) as line from c
        union all select concat_ws('|', 'n', nspname, nspowner, nspacl) from pg_namespace where oid in (select oid from n)
        union all select concat_ws('|', 'a', attrelid, attname, atttypid, atttypmod, attnotnull, attidentity, attgenerated, attisdropped, attacl, attoptions, attcollation,
            attstorage, attcompression, attstattarget, attislocal, attinhcount) from pg_attribute where attrelid in (select oid from c) and attnum > 0
        union all select concat_ws('|', 'd', adrelid, adnum, pg_get_expr(adbin, adrelid)) from pg_attrdef where adrelid in (select oid from c)
        union all select concat_ws('|', 'k', conrelid, contypid, conname, convalidated, pg_get_constraintdef(oid)) from pg_constraint where connamespace in (select oid from n)
        union all select concat_ws('|', 'i', indexrelid, indisvalid, indisready, indisclustered, indisreplident, pg_get_indexdef(indexrelid)) from pg_index where indrelid in (select oid from c)
        union all select concat_ws('|', 't', tgrelid, tgname, tgenabled, pg_get_triggerdef(oid)) from pg_trigger where tgrelid in (select oid from c) and not tgisinternal
        union all select concat_ws('|', 'p', polrelid, polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy where polrelid in (select oid from c)
        union all select concat_ws('|', 'r', ev_class, rulename, ev_enabled, pg_get_ruledef(oid)) from pg_rewrite where ev_class in (select oid from c)
        union all select concat_ws('|', 'f', p::text) from pg_proc p where pronamespace in (select oid from n)
        union all select concat_ws('|', 'y', t::text) from pg_type t where typnamespace in (select oid from n)
        union all select concat_ws('|', 'e', e::text) from pg_enum e where enumtypid in (select oid from types)
        union all select concat_ws('|', 's', s::text) from pg_sequence s where seqrelid in (select oid from c)
        union all select concat_ws('|', 'h', inhrelid, inhparent) from pg_inherits where inhrelid in (select oid from c)
        union all select concat_ws('|', 'x', x::text) from pg_statistic_ext x where stxnamespace in (select oid from n)
        union all select concat_ws('|', 'm', x::text) from pg_description x where objoid in (select oid from c)
            or objoid in (select oid from n) or objoid in (select oid from functions)
            or objoid in (select oid from types)
            or objoid in (select oid from pg_constraint where connamespace in (select oid from n))
            or objoid in (select oid from pg_collation where collnamespace in (select oid from n)) or objoid in (select oid from pg_operator where oprnamespace in (select oid from n))
            or objoid in (select oid from pg_ts_config where cfgnamespace in (select oid from n)) or objoid in (select oid from pg_ts_dict where dictnamespace in (select oid from n))
            or objoid in (select oid from pg_trigger where tgrelid in (select oid from c)) or objoid in (select oid from pg_policy where polrelid in (select oid from c))
            or objoid in (select oid from pg_rewrite where ev_class in (select oid from c)) or objoid in (select oid from pg_statistic_ext where stxnamespace in (select oid from n))
        union all select concat_ws('|', 'o', x::text) from pg_collation x where collnamespace in (select oid from n)
        union all select concat_ws('|', 'q', x::text) from pg_operator x where oprnamespace in (select oid from n)
        union all select concat_ws('|', 'w', x::text) from pg_ts_config x where cfgnamespace in (select oid from n)
        union all select concat_ws('|', 'v', x::text) from pg_ts_dict x where dictnamespace in (select oid from n)
        union all select concat_ws('|', 'g', x::text) from pg_ts_config_map x where mapcfg in (select oid from pg_ts_config where cfgnamespace in (select oid from n))
        union all select concat_ws('|', 'l', x::text) from pg_default_acl x where defaclnamespace in (select oid from n) or whole and defaclnamespace = 0
        union all select concat_ws('|', 'u', x::text) from pg_aggregate x where aggfnoid in (select oid from functions)
        union all select concat_ws('|', 'b', x::text) from pg_cast x
            where castsource in (select oid from types) or casttarget in (select oid from types) or castfunc in (select oid from functions)
        union all select concat_ws('|', 'j', x::text) from pg_conversion x where connamespace in (select oid from n)
        union all select concat_ws('|', 'z', x::text) from pg_depend x
            where classid = 'pg_class'::regclass and objid in (select oid from c where relkind = 'S') and deptype in ('a', 'i') -- who owns a sequence
        union all select concat_ws('|', 'B', x::text) from pg_publication_rel x where prrelid in (select oid from c)
        union all select concat_ws('|', 'P', x::text) from pg_publication x where whole
        union all select concat_ws('|', 'E', x::text) from pg_extension x where whole
        union all select concat_ws('|', 'S', x::text) from pg_foreign_server x where whole
        union all select concat_ws('|', 'W', x::text) from pg_foreign_data_wrapper x where whole
    )
    select coalesce(sum(hashtextextended(line, 0) % 1000000007)::bigint, 0) from lines
$$;

create or replace function postgres_testing.superuser_findings() returns setof text
language sql immutable as $$ select null::text where false $$;

-- What is wider than a unit. "ddl": also what event triggers would have noted. "local": also what is of this database alone.
create or replace function postgres_testing.audit_list(ddl boolean, local boolean) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select concat_ws(' ', 'role', quote_ident(rolname), case when rolsuper then 'superuser' end, case when rolcanlogin then 'login' end,
        case when rolcreaterole then 'createrole' end, case when rolcreatedb then 'createdb' end, case when rolbypassrls then 'bypassrls' end,
        case when rolreplication then 'replication' end, case when not rolinherit then 'noinherit' end, 'limit ' || nullif(rolconnlimit, -1), 'until ' || rolvaliduntil) from pg_roles
    -- Before PostgreSQL 16 a membership had but one option.
    union all select concat_ws(' ', format('membership of %I in %I', m.rolname, r.rolname), case when admin_option then 'with admin option' end,
        'inherit ' || (to_jsonb(a) ->> 'inherit_option'), 'set ' || (to_jsonb(a) ->> 'set_option'))
        from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid
    union all select format('setting %s%s%s', c, ' of role ' || quote_ident(r.rolname), ' in database ' || quote_ident(d.datname))
        from pg_db_role_setting s cross join unnest(setconfig) c left join pg_roles r on r.oid = setrole left join pg_database d on d.oid = setdatabase
        where d.datname is null or d.datname !~ '^test_[0-9a-f]{10}_'
    union all select concat_ws(' ', 'database', quote_ident(datname), 'limit ' || nullif(datconnlimit, -1), case when not datallowconn then 'closed' end, case when datistemplate then 'template' end,
        'owned by ' || pg_get_userbyid(datdba), 'granted ' || datacl::text) from pg_database where datname !~ '^test_[0-9a-f]{10}_'
    union all select concat_ws(' ', 'tablespace', quote_ident(spcname), 'granted ' || spcacl::text, 'options ' || spcoptions::text) from pg_tablespace
    union all select format('comment on %s: %s', pg_describe_object(classoid, objoid, 0), description) from pg_shdescription
        where classoid <> 'pg_database'::regclass or objoid not in (select oid from pg_database where datname ~ '^test_[0-9a-f]{10}_')
    union all select concat_ws(' ', 'event trigger', quote_ident(evtname), case evtenabled when 'D' then 'disabled' end) from pg_event_trigger where local
    union all select format('replication origin %s', roname) from pg_replication_origin
    union all select format('replication slot %s', slot_name) from pg_replication_slots
    union all select format('default privileges of role %s on type %s: %s', pg_get_userbyid(defaclrole), defaclobjtype, defaclacl) from pg_default_acl
        where local and defaclnamespace = 0
    union all select format('schema %I granted %s', nspname, nspacl) from pg_namespace where local and nspacl is not null and nspname !~ '^(test_[0-9a-f]{10}_|pg_)'
    union all select s from postgres_testing.superuser_findings() s
    union all select format('large object %s', oid) from pg_largeobject_metadata where local
    union all select format('prepared transaction %L', gid) from pg_prepared_xacts where local and database = current_database()
    union all select format('extension %I %s', extname, extversion) from pg_extension where ddl and local
    union all select format('schema %I', nspname) from pg_namespace where ddl and local and nspname !~ '^(test_[0-9a-f]{10}_|pg_)'
    union all select format('publication %I', pubname) from pg_publication where ddl and local
$$;

-- Changes when what audit_list says may have changed.
create or replace function postgres_testing.audit_mark() returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(sum(hashtextextended(l, 0) % 1000000007)::bigint, 0) from postgres_testing.audit_list(true, true) l
$$;

-- Changes when a large object or an event trigger is made, changed or ends. A role that may not look at the pages of large objects
-- reads its own.
create or replace function postgres_testing.beside_schemas() returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
    select (select coalesce(sum(oid::bigint * 31 + xmin::text::bigint), 0) from pg_largeobject_metadata)::bigint
        + (select coalesce(sum(hashtextextended(encode(lo_get(oid), 'hex'), 0) % 1000000007), 0) from pg_largeobject_metadata where pg_has_role(lomowner, 'usage'))::bigint
        + (select coalesce(sum(oid::bigint * 43 + xmin::text::bigint), 0) from pg_event_trigger)::bigint
$$;

-- Whether the database's own entry and settings are not those of any new clone.
create or replace function postgres_testing.database_changed() returns boolean language plpgsql stable as $$
begin
    return exists (select from pg_catalog.pg_database d where d.datname = current_database()
        and (d.datacl is not null or d.datconnlimit <> -1 or not d.datallowconn or d.datistemplate or d.datdba <> (select oid from pg_catalog.pg_roles where rolname = session_user)
             or exists (select from pg_catalog.pg_db_role_setting where setdatabase = d.oid)
             or exists (select from pg_catalog.pg_shdescription where classoid = 'pg_catalog.pg_database'::regclass and objoid = d.oid)));
end $$;
