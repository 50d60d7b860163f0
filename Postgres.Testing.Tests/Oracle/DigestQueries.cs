namespace Postgres.Testing.Tests.Oracle;

/// <summary>The questions of <see cref="SchemaDigest"/>. $1: the schemas. The engine's own trigger on seeded tables counts by its state alone.
/// Some builds of the server stamp columns with the place in the log where they were made (<c>pg_attver</c>): no two are equal, so it is left out.</summary>
static class DigestQueries
{
    const string InSchemas = "(select oid from pg_catalog.pg_namespace where nspname = any($1))";
    const string Classes = $"(select oid from pg_catalog.pg_class where relnamespace in {InSchemas})";

    public static IReadOnlyList<string> Catalogue { get; } =
    [
        $"select concat_ws('|', 'schema', nspname, pg_get_userbyid(nspowner), {Acl("nspacl")}) from pg_namespace where nspname = any($1)",
        $"""
        select concat_ws('|', 'relation', c.oid::regclass, relkind, relpersistence, relispopulated, pg_get_userbyid(relowner), {Acl("relacl")}, reloptions,
            relrowsecurity, relforcerowsecurity, relreplident, am.amname, relispartition, pg_get_expr(relpartbound, c.oid),
            case relkind when 'p' then pg_get_partkeydef(c.oid) when 'v' then pg_get_viewdef(c.oid) when 'm' then pg_get_viewdef(c.oid) end)
        from pg_class c left join pg_am am on am.oid = relam where relnamespace in {InSchemas} and relkind <> 'i' and relkind <> 'I'
        """,
        $"""
        select concat_ws('|', 'column', attrelid::regclass, (select count(*) from pg_attribute b where b.attrelid = a.attrelid and b.attnum > 0 and b.attnum <= a.attnum and not b.attisdropped),
            attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage, attcompression, attstattarget, attislocal, attinhcount,
            attcollation::regcollation, array(select o from unnest(attoptions) o where o !~ '^pg_attver=' order by 1), {Acl("attacl")}, pg_get_expr(adbin, adrelid))
        from pg_attribute a left join pg_attrdef d on (adrelid, adnum) = (attrelid, attnum)
        where attrelid in {Classes} and attnum > 0 and not attisdropped
        """,
        $"""
        select concat_ws('|', 'constraint', coalesce(nullif(conrelid, 0)::regclass::text, nullif(contypid, 0)::regtype::text), conname, convalidated, connoinherit, conislocal, coninhcount, pg_get_constraintdef(oid))
        from pg_constraint where connamespace in {InSchemas}
        """,
        $"""
        select concat_ws('|', 'index', indexrelid::regclass, indisvalid, indisready, indisclustered, indisreplident, c.reloptions, pg_get_indexdef(indexrelid),
            (select string_agg(attnum || ':' || attstattarget, ',' order by attnum) from pg_attribute where attrelid = indexrelid))
        from pg_index join pg_class c on c.oid = indexrelid where indrelid in {Classes}
        """,
        $"""
        select concat_ws('|', 'sequence', s.seqrelid::regclass, format_type(seqtypid, null), seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
            (select refobjid::regclass || '.' || refobjsubid from pg_depend where classid = 'pg_class'::regclass and objid = seqrelid and deptype in ('a', 'i') and refclassid = 'pg_class'::regclass))
        from pg_sequence s where seqrelid in {Classes}
        """,
        $"""
        select concat_ws('|', 'trigger', tgrelid::regclass, tgname, tgenabled, case when tgname <> 'postgres_testing_dirt' then pg_get_triggerdef(oid) end)
        from pg_trigger where tgrelid in {Classes} and not tgisinternal
        """,
        $"select concat_ws('|', 'key trigger', tgrelid::regclass, tgconstrrelid::regclass, tgfoid::regproc, tgtype, tgdeferrable, tginitdeferred, tgenabled) from pg_trigger where tgrelid in {Classes} and tgisinternal",
        $"select concat_ws('|', 'rule', ev_class::regclass, rulename, ev_enabled, pg_get_ruledef(oid)) from pg_rewrite where ev_class in {Classes}",
        $"""
        select concat_ws('|', 'policy', polrelid::regclass, polname, polcmd, polpermissive, array(select pg_get_userbyid(r) from unnest(polroles) r order by 1), pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
        from pg_policy where polrelid in {Classes}
        """,
        $"""
        select concat_ws('|', 'function', p.oid::regprocedure, pg_get_userbyid(proowner), {Acl("proacl")}, prokind, case when prokind <> 'a' then pg_get_functiondef(p.oid) else (select to_jsonb(a)::text from pg_aggregate a where aggfnoid = p.oid) end)
        from pg_proc p where pronamespace in {InSchemas}
        """,
        $"""
        select concat_ws('|', 'type', t.oid::regtype, typtype, pg_get_userbyid(typowner), {Acl("typacl")}, typnotnull, typdefault, typstorage, typcollation::regcollation, nullif(typbasetype, 0)::regtype, typtypmod,
            (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid), (select to_jsonb(r) - 'rngtypid' from pg_range r where rngtypid = t.oid) ->> 'rngsubtype')
        from pg_type t where typnamespace in {InSchemas}
        """,
        $"select concat_ws('|', 'inherits', inhrelid::regclass, inhparent::regclass, inhseqno, inhdetachpending) from pg_inherits join pg_class c on c.oid = inhrelid where (inhrelid in {Classes} or inhparent in {Classes}) and c.relpersistence <> 't'",
        $"select concat_ws('|', 'statistics', stxname, pg_get_userbyid(stxowner), stxstattarget, pg_get_statisticsobjdef(oid)) from pg_statistic_ext where stxnamespace in {InSchemas}",
        $"select concat_ws('|', 'default grant', pg_get_userbyid(defaclrole), defaclobjtype, {Acl("defaclacl")}) from pg_default_acl where defaclnamespace in {InSchemas}",
        $"select concat_ws('|', 'collation', collname, collcollate, collprovider, pg_get_userbyid(collowner)) from pg_collation where collnamespace in {InSchemas}",
        $"select concat_ws('|', 'operator', oid::regoperator, oprcode, oprcom, oprnegate, pg_get_userbyid(oprowner)) from pg_operator where oprnamespace in {InSchemas}",
        $"select concat_ws('|', 'text search', c.cfgname, m.maptokentype, m.mapseqno, m.mapdict::regdictionary) from pg_ts_config c left join pg_ts_config_map m on mapcfg = c.oid where cfgnamespace in {InSchemas}",
        $"select concat_ws('|', 'text search dictionary', dictname, dictinitoption) from pg_ts_dict where dictnamespace in {InSchemas}",
        $"""
        select concat_ws('|', 'comment', case classoid::regclass::text when 'pg_class' then coalesce((select attname || ' of ' from pg_attribute where attrelid = objoid and attnum = objsubid and attnum > 0), '') || objoid::regclass
            when 'pg_proc' then objoid::regprocedure::text when 'pg_type' then objoid::regtype::text else pg_describe_object(classoid, objoid, objsubid) end, description)
        from pg_description where objoid in {Classes} or objoid in {InSchemas}
            or objoid in (select oid from pg_proc where pronamespace in {InSchemas}) or objoid in (select oid from pg_type where typnamespace in {InSchemas})
            or objoid in (select oid from pg_constraint where connamespace in {InSchemas}) or objoid in (select oid from pg_trigger where tgrelid in {Classes})
            or objoid in (select oid from pg_policy where polrelid in {Classes}) or objoid in (select oid from pg_rewrite where ev_class in {Classes})
            or objoid in (select oid from pg_statistic_ext where stxnamespace in {InSchemas})
        """,
    ];

    /// <summary>What a database has beside its schemas.</summary>
    public const string Database = """
        select concat_ws('|', 'database', pg_get_userbyid(datdba), datacl, datconnlimit, datallowconn, datistemplate, shobj_description(oid, 'pg_database')) from pg_database where datname = current_database()
        union all select concat_ws('|', 'setting of the database', setrole::regrole, setconfig) from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())
        union all select concat_ws('|', 'large object', l.oid, pg_get_userbyid(lomowner), lomacl, lo_get(l.oid)) from pg_largeobject_metadata l
        union all select concat_ws('|', 'event trigger', evtname, evtevent, evtenabled, evtfoid::regproc) from pg_event_trigger
        union all select concat_ws('|', 'extension', extname, extversion, extnamespace::regnamespace) from pg_extension
        union all select concat_ws('|', 'publication', pubname) from pg_publication
        union all select concat_ws('|', 'default grant', defaclrole::regrole, defaclobjtype, defaclacl) from pg_default_acl where defaclnamespace = 0
        """;

    /// <summary>What has contents: name and kind.</summary>
    public const string Relations = $"""
        select c.oid::regclass::text, relkind::text from pg_class c
        where relnamespace in {InSchemas} and (relkind in ('r', 'S') or relkind = 'm' and relispopulated) order by 1
        """;

    /// <summary>A sequence's state, or a table's rows in an order of their own, long ones by their hash.</summary>
    public static string Contents(string relation, string kind) => kind == "S"
        ? $"select concat_ws('|', 'state', '{Escape(relation)}', last_value, is_called) from {relation}"
        : $"""
          select concat_ws('|', 'row', '{Escape(relation)}', row_number() over (partition by t::text), case when length(t::text) > 200 then left(t::text, 80) || md5(t::text) else t::text end)
          from {(kind == "r" ? "only " : "")}{relation} t
          """;

    static string Escape(string name) => name.Replace("'", "''", StringComparison.Ordinal);

    static string Acl(string column) => $"case when {column} is null then 'default' else array(select a::text from unnest({column}) a order by 1)::text end";
}
