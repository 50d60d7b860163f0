-- $1: the schemas of a unit; $2: the states (pg_trigger.tgenabled) in which triggers and rules fire during a reset
select c.oid, n.nspname, c.relname, c.relkind::text,
    -- Access methods outside of the core (hnsw, ivfflat, ...) may answer differently for the sake of dead entries.
    exists (select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am a on a.oid = x.relam
            where i.indrelid = c.oid and a.amname not in ('btree', 'hash', 'gin', 'gist', 'spgist', 'brin')) as remembers_dead_rows,
    -- A policy that binds the owner too hides rows from DELETE, unless the role bypasses it.
    c.relforcerowsecurity and not (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as hides_rows,
    -- Tables that must be emptied together with this one: TRUNCATE checks foreign keys even where none would be fired.
    (select string_agg(distinct f.conrelid::text, ' ') from pg_constraint f where f.contype = 'f' and f.confrelid = c.oid and f.conrelid <> c.oid) as referenced_by,
    (select string_agg(inhparent::oid::text, ' ') from pg_inherits where inhrelid = c.oid) as parents,
    (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    (select string_agg(k, ' ') from (values ('insert', 4, '3'), ('delete', 8, '4'), ('truncate', 32, '')) e(k, bit, rule)
          where exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled = any($2)
                        and t.tgtype & e.bit <> 0 and t.tgname <> 'postgres_testing_dirt')
             or exists (select from pg_rewrite r where r.ev_class = c.oid and r.ev_type::text = e.rule and r.ev_enabled = any($2))) as fires_on,
    -- Most tables have none and need not be asked for rows, of which each look is planned.
    c.relkind = 'r' and pg_relation_size(c.oid) > 0 as has_pages
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any($1) and c.relkind in ('r', 'p')
order by c.oid
