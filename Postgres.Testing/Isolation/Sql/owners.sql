-- $1: the schemas of a unit
with n as (select oid from pg_namespace where nspname = any($1)),
objects as (
    select tableoid, oid from pg_namespace where oid in (select oid from n)
    union all select tableoid, oid from pg_class where relnamespace in (select oid from n)
    union all select tableoid, oid from pg_proc where pronamespace in (select oid from n)
    union all select tableoid, oid from pg_type where typnamespace in (select oid from n)
    union all select tableoid, oid from pg_collation where collnamespace in (select oid from n)
    union all select tableoid, oid from pg_operator where oprnamespace in (select oid from n)
    union all select tableoid, oid from pg_statistic_ext where stxnamespace in (select oid from n)
    union all select tableoid, oid from pg_ts_config where cfgnamespace in (select oid from n)
    union all select tableoid, oid from pg_ts_dict where dictnamespace in (select oid from n))
select distinct on (d.refobjid) d.classid, d.objid, d.refobjid
from pg_shdepend d join objects o on (o.tableoid, o.oid) = (d.classid, d.objid)
where d.dbid = (select oid from pg_database where datname = current_database()) and d.deptype = 'o'
order by d.refobjid, d.classid, d.objid
