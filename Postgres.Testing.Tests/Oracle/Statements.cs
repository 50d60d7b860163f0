namespace Postgres.Testing.Tests.Oracle;

/// <summary>What tests do. # a small number, @ a larger one, § a vector table, ¤ any table. Many fail, as in life.</summary>
static class Statements
{
    public static IReadOnlyList<string> Tables { get; } =
        ["author", "book", "book_log", "left_side", "node", "booking", "guard", "measurement", "vehicle", "scratch", "secret", "country", "city", "loose", "document",
         "seeded_measurement", "animal", "seeded_secret", "seeded_scratch", "slot", "referrer", "nothing", "\"Odd \"\"Table\"\" ;--\"", "memory", "memory_note",
         "a_name_that_is_just_as_long_as_postgres_lets_a_table_name_be__1", "a_name_that_is_just_as_long_as_postgres_lets_a_table_name_be__2"];

    public static IReadOnlyList<string> Changes { get; } =
    [
        "insert into author (name, mood) select 'n' || i || '#', 'sad' from generate_series(1, #) i",
        "insert into author (name) values ('same')",
        "insert into author (name, email) values ('bad', 'nothing')",
        "update author set mentor = (select max(id) from author), name = name || '#' where id % 2 = 0",
        "delete from author where id = #",
        "insert into book (author, title, pages, tags) select id, 't#' || id, #, '{a,b}' from author",
        "insert into book (id, author, title) values (#, #, 'explicit')",
        "update author set favourite = (select min(id) from book)",
        "insert into book (author, title, pages) select id, 'zero', 0 from author",
        "update book set body = repeat('long', 5000) where pages > 2",
        "with gone as (delete from book where pages < # returning *) insert into scratch select id, title from gone",
        "insert into left_side values (#, null) on conflict do nothing",
        "insert into right_side values (#, #)", "update left_side set other = (select max(id) from right_side)",
        "insert into node select i, nullif(i - 1, 0) from generate_series(1, @) i on conflict do nothing", "delete from node where id = #",
        "insert into booking values (int4range(#, @), #)", "update booking set during = int4range(#, @)",
        "insert into guard values (@, #) on conflict (id) do update set amount = guard.amount - #", "delete from guard", "update guard set amount = -1",
        "insert into measurement (at, site, value) select date '2024-06-01' + @ * i, i % 3, i from generate_series(1, 20) i",
        "update measurement set at = at + 300 where site = 1", "delete from measurement where at < '2025-01-01'",
        "insert into vehicle (name) values ('v')", "insert into car (name) values ('c')", "insert into truck (name, load) values ('t', # - 2)", "update vehicle set name = 'u'", "delete from only vehicle",
        "insert into scratch select i, 'x' from generate_series(1, @) i", "insert into noted values ('by rule')", "insert into sad_author (name, mood) values ('viewed', 'sad')", "insert into sad_author (name, mood) values ('unseen', 'ok')",
        "set role oracle_tenant", "set app.tenant = 'a'", "insert into secret values ('a', '#')", "insert into secret values ('b', '#')", "select * from seeded_secret",
        "insert into country values ('x#', 'new')", "update country set name = upper(name)", "update country set code = 'zz' where code = 'fr'", "delete from country where code = 'fr'", "delete from country",
        "insert into city (country, name) values ('de', 'c#')", "update city set twin = # where id = #", "delete from city where id = #", "insert into referrer values (#, #)",
        "merge into city c using (values ('at', 'Graz')) v (country, name) on c.name = v.name when matched then delete when not matched then insert (country, name) values (v.country, v.name)",
        "insert into loose select * from loose", "delete from loose where a = 1", "update loose set n = 1.1 where a = 2", "delete from loose where ctid = '(0,2)'",
        "update document set body = body || 'x' where id = 2", "delete from document", "insert into document values (1, 'again')",
        "update seeded_measurement set at = at + 7 where at < 5", "delete from seeded_measurement_1", "insert into seeded_measurement_rest values (99, 'direct')", "truncate only seeded_measurement_rest",
        "update animal set name = 'x'", "delete from dog", "insert into dog values (#, 'd', null)", "truncate only animal", "delete from seeded_secret", "insert into seeded_secret values ('c', '#')",
        "delete from seeded_scratch where id < #", "insert into slot values ('[#,9)')", "update slot set during = '[10,20)'", "delete from nothing", "insert into nothing default values",
        "insert into \"Odd \"\"Table\"\" ;--\" values (#, 'two')", "update \"Odd \"\"Table\"\" ;--\" set \"select\" = 'changed'",
        "delete from a_name_that_is_just_as_long_as_postgres_lets_a_table_name_be__1", "insert into a_name_that_is_just_as_long_as_postgres_lets_a_table_name_be__2 values (3)",
        "insert into § (embedding) select array[random() * 9, #, i % 9]::vector(3) from generate_series(1, @) i",
        "insert into § (embedding) select array[random() * 9, #, i % 9]::vector(3) from generate_series(1, @) i",
        "delete from §", "delete from § where id % 2 = 0", "update § set embedding = embedding + '[1,1,#]'", "\\copy §", "insert into memory_note select #, min(id) from memory",
        "select nextval('tickets')", "select nextval('countdown'), nextval('tiny'), nextval('advanced')", "select setval('advanced', @)", "select setval('tiny', 2, false)", "select bump(#)",
        "select setval(pg_get_serial_sequence('author', 'id'), @)", "truncate ¤", "truncate ¤ restart identity cascade", "truncate ¤ cascade", "delete from ¤", "lock ¤ in share mode", "select * from ¤ for update", "select * from ¤ for share",
        "vacuum ¤", "analyze ¤", "select 1 / 0", "insert into no_such_table values (1)",
        "do $$ begin insert into author (name) values ('inner'); begin insert into author (name) values ('inner'); exception when unique_violation then null; end; end $$",
        "copy (select 1) to '/dev/null'", "do $$ begin for i in 1..# loop insert into scratch values (i); commit; end loop; end $$",
    ];

    public static IReadOnlyList<string> SessionState { get; } =
    [
        "set work_mem = '1MB'", "set search_path = pg_catalog", "set session_replication_role = replica", "set default_transaction_read_only = on", "set timezone = 'Asia/Tokyo'", "set row_security = off",
        "set constraints all deferred", "set constraints all immediate", "set local enable_seqscan = off", "reset all", "discard all", "set session authorization oracle_reader", "reset session authorization", "reset role",
        "create temp table author (id integer)", "create temp table stash on commit drop as select 1 as a", "create temp sequence tickets", "create temp view shadow as select 1 as id",
        "prepare p as select * from author", "prepare p as select 1", "execute p", "\\prepare select count(*) from book", "\\prepare insert into scratch values (1, 'prepared')", "deallocate all",
        "declare c cursor for select * from author", "declare h cursor with hold for select * from book", "fetch 1 from c", "close all",
        "select pg_advisory_lock(#)", "select pg_try_advisory_lock_shared(#)", "select pg_advisory_xact_lock(#)", "select pg_advisory_unlock_all()",
        "listen news", "notify news, 'x'", "unlisten *", "select set_config('app.tenant', 'b', false)", "load 'plpgsql'", "select txid_current()",
        "set hnsw.ef_search = 10", "select * from memory order by embedding <-> '[1,1,1]' limit 3",
    ];

    public static IReadOnlyList<string> Definitions { get; } =
    [
        "create table new_one (id serial primary key, author integer references author)", "drop table scratch", "drop table author cascade", "alter table scratch add extra integer default 1", "alter table book drop column pages",
        "alter table scratch rename to scratched", "alter table author alter name type varchar(50)", "alter table book disable trigger log_book", "alter table country disable trigger all", "alter table book enable always trigger log_book",
        "alter table secret no force row level security", "alter table secret disable row level security", "alter table author enable row level security", "create policy p on author using (true)", "drop policy tenants on secret",
        "create index on author (mood)", "create index concurrently on author (mood)", "create unique index concurrently broken on loose (a)", "drop index measurement_site_idx", "reindex table author", "cluster author using author_pkey", "cluster author using author_name_key",
        "alter table measurement detach partition measurement_2024", "create table measurement_2023 partition of measurement for values from ('2023-01-01') to ('2024-01-01')", "alter table car no inherit vehicle",
        "refresh materialized view country_sizes", "refresh materialized view concurrently country_sizes", "refresh materialized view unread", "create or replace view noted as select 'y'::text as note", "drop view sad_author",
        "comment on table author is 'changed'", "comment on column author.name is 'new'", "comment on function bump(integer) is 'adds'", "grant select on author to oracle_reader", "revoke select (name) on author from oracle_reader", "grant all on all tables in schema %SCHEMA% to oracle_tenant",
        "alter default privileges in schema %SCHEMA% grant select on tables to oracle_reader", "alter table scratch owner to oracle_reader", "alter type mood add value 'glad'", "create type extra as enum ('a')", "create domain short as text check (length(value) < 5)", "alter domain positive drop constraint positive_check",
        "create or replace function bump(n integer) returns bigint language sql as 'select 42::bigint'", "create function other() returns integer language sql as 'select 1'", "drop function bump(integer)", "alter sequence tickets restart 7", "alter sequence tiny increment 2", "create sequence more",
        "alter table guard alter constraint at_commit deferrable", "alter table node drop constraint node_parent_fkey", "alter table node add check (id > 0) not valid", "alter table author set (fillfactor = 50)", "alter table document alter body set storage plain", "alter table book alter author set statistics 500", "create statistics more_stats on id, parent from node",
        "alter table scratch set logged", "alter table country replica identity full", "create rule r as on delete to scratch do instead nothing", "create temp table child () inherits (vehicle)", "create table public.outside_# () inherits (%SCHEMA%.vehicle)",
        "set session_replication_role = replica; create table unseen (id integer)", "drop owned by oracle_reader", "drop owned by oracle_tenant", "reassign owned by oracle_owner to oracle_tenant", "do $$ begin execute 'create table by_block (id integer)'; end $$", "select * into made from author", "drop schema %SCHEMA% cascade", "alter schema %SCHEMA% rename to elsewhere_#", "select lo_create(0)", "create role oracle_role_#",
        "drop index memory_embedding_idx", "alter table memory alter embedding type vector(4)", "security label on table author is null", "alter index author_pkey rename to author_key", "alter table author alter email set default 'x@y'", "alter table author cluster on author_pkey",
    ];

    /// <summary>What only a unit that is a database makes good.</summary>
    public static IReadOnlyList<string> DatabaseWide { get; } =
    [
        "select lo_create(0)", "select lo_from_bytea(0, 'x')", "select lo_put(4711, 0, 'changed')", "select lo_unlink(4711)", "grant select on large object 4711 to oracle_reader",
        "do $$ begin execute format('alter database %I set work_mem = %L', current_database(), '2MB'); end $$",
        "do $$ begin execute format('alter role oracle_reader in database %I set work_mem = %L', current_database(), '2MB'); end $$",
        "do $$ begin execute format('grant create on database %I to oracle_reader', current_database()); end $$",
        "do $$ begin execute format('comment on database %I is %L', current_database(), 'x'); end $$",
        "do $$ begin execute format('alter database %I connection limit 50', current_database()); end $$",
        "do $$ begin execute format('alter database %I owner to oracle_owner', current_database()); end $$",
        "create schema other", "create table other.made (id integer)", "insert into second.fact values (#, '#')", "delete from second.fact", "truncate second.fact", "drop schema second cascade",
        "create extension citext", "create publication news for table author", "alter event trigger postgres_testing_ddl disable", "create event trigger mine on sql_drop execute function second.no_event()",
        "drop owned by oracle_owner cascade", "listen news", "select pg_advisory_lock(#)",
    ];

    /// <summary>Transactions that outlive their session.</summary>
    public static IReadOnlyList<string> TwoPhase { get; } =
        ["prepare transaction 'g#'", "prepare transaction 'g#'", "commit prepared 'g#'", "rollback prepared 'g#'", "select pg_advisory_xact_lock(#)", "begin", "create table prepared_# (id integer)"];
}
