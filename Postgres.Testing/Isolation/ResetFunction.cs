using System.Globalization;
using System.Text;

namespace Postgres.Testing;

/// <summary>Writes the function that resets one unit: static statements, so that the control session plans each once.</summary>
/// <param name="owner">The unit's schema; the template for databases.</param>
/// <param name="isDatabase">Whether the unit is the whole database.</param>
/// <param name="catalogue">What the unit consists of.</param>
/// <param name="replica">Whether resets run as <c>session_replication_role = replica</c>; else foreign keys are in force.</param>
sealed class ResetFunction(string owner, bool isDatabase, Catalogue catalogue, bool replica)
{
    /// <summary>Heap pages beyond which a table is truncated: dead rows cost every scan, a truncation costs once.</summary>
    const int PagesWorthDeleting = 4;

    /// <summary>A look for rows that takes longer than this pays for a look at sizes: some ten thousand dead rows do.</summary>
    const int MicrosecondsWorthLooking = 250;

    /// <summary>Queries over all tables are cut into such chunks: a truncation invalidates one chunk's plan only.</summary>
    const int Chunk = 32;

    /// <summary>What the catalogue looks like, where no event trigger tells of DDL; null where one does.</summary>
    public long? Digest { get; init; }

    /// <summary>Objects of the unit, one for each role beside the server's own that has any; empty where the digest tells.</summary>
    public IReadOnlyList<OwnedObject> Owners { get; init; } = [];

    /// <summary>What large objects and event triggers the database has; null where they are not the unit's.</summary>
    public long? BesideSchemas { get; init; }

    public bool IsDatabase => isDatabase;

    /// <summary>How many rows of the seed each table has, in the plan's order; empty where there is no seed.</summary>
    public long[] SeedCounts { get; init; } = [];

    /// <summary>Asks for <see cref="SeedCounts"/>; null where there is no seed.</summary>
    public string? CountSeeds => Plan.Tables.Any(t => t.Seeded)
        ? $"select array[{string.Join(", ", Plan.Tables.Select(t => t.Seeded ? $"(select count(*) from {Copy(t)})" : "0"))}]::bigint[]" : null;

    public string Owner => owner;

    public ResetPlan Plan { get; } = new(catalogue, replica);

    /// <summary>The function's name.</summary>
    public string Name { get; } = Object(owner);

    /// <summary>The function that says which tables are not as recorded.</summary>
    public string DirtyName { get; } = Object(owner + " dirty");

    /// <summary>Pristine copies and dirt marks of the seeded tables.</summary>
    public string Preparation()
    {
        var sql = new StringBuilder();
        foreach (var table in Plan.Tables.Where(t => t.Seeded))
        {
            if (table.HidesRows) Line(sql, $"alter table {table.Sql} no force row level security;");
            Line(sql, $"create unlogged table {Copy(table)} as select {Columns(table)} from only {table.Sql};");
            if (table.HidesRows) Line(sql, $"alter table {table.Sql} force row level security;");
        }
        foreach (var family in Plan.SeededFamilies)
        {
            Line(sql, $"create sequence {Mark(family)};");
            foreach (var table in family)
            {
                Line(sql, $"create trigger postgres_testing_dirt before insert or update or delete or truncate on {table.Sql}");
                Line(sql, $"    for each statement execute function postgres_testing.mark_dirty({SqlText.Literal(Mark(family))});");
                Line(sql, $"alter table {table.Sql} enable always trigger postgres_testing_dirt;");
            }
        }
        if (CountSeeds is not null)
        {
            Line(sql, $"create sequence {SeededBy};");
            Line(sql, $"select {NoteSeed};");
        }
        Line(sql, $"create unlogged table {OddIndexesName} as {OddIndexes()};");
        return sql.ToString();
    }

    /// <summary>A sequence with the last transaction that may have written rows of the seed: younger ones are a test's.</summary>
    string SeededBy => Object($"{owner} seeded by");

    string NoteSeed => $"setval({SqlText.Literal(SeededBy)}::regclass, pg_current_xact_id()::xid::text::bigint)";

    string OddIndexesName => Object($"{owner} odd indexes");

    /// <summary>No event trigger fires for CLUSTER, nor for a CREATE INDEX CONCURRENTLY that fails and leaves its index.</summary>
    string OddIndexes() => $"select x.indexrelid from pg_index x where x.indrelid = any({Oids(catalogue.Tables)}) and (x.indisclustered or not x.indisvalid)";

    /// <summary>What ends the unit's pristine copies, marks and function.</summary>
    public static string Removal(string owner) => $"""
        do $$
        declare o text;
        begin
            for o in select format('%s postgres_testing.%I', case relkind when 'S' then 'sequence' else 'table' end, relname) from pg_class
                     where relnamespace = 'postgres_testing'::regnamespace and relkind in ('r', 'S') and starts_with(relname, {SqlText.Literal(owner + " ")}) loop
                execute 'drop ' || o;
            end loop;
        end $$;
        drop function if exists {Object(owner)}(text, boolean), {Object(owner + " dirty")}();
        """;

    /// <summary>The definitions of the functions.</summary>
    public string Definition()
    {
        var oids = Oids(catalogue.Tables);
        var schemas = $"'{{{string.Join(',', catalogue.Schemas.Select(SqlText.Identifier))}}}'::text[]";
        var noted = isDatabase ? "true" : $"(d.unit = {SqlText.Literal(owner)} or d.schema = any({schemas}))";
        return $"""
            create or replace function {Name}(application text, audit boolean, out state text, out detail text, out pids int[],
                out changed oid[], out row_counts bigint[], out escapes text[], out audit_mark bigint)
            language plpgsql as $reset$
            #variable_conflict use_column
            declare
                dirty int[] := '{"{}"}'; done int[] := '{"{}"}'; i int; n bigint; gone bigint; seed_age int; refilled boolean := false; began timestamptz;
            begin
                pids := postgres_testing.sessions_of(application, {oids}, {(isDatabase ? "null" : schemas)});
                if pids <> '{"{}"}' then
                    state := 'leaked';
                    return;
                end if;
                if audit then audit_mark := postgres_testing.audit_mark(); end if;
                if exists (select from postgres_testing.ddl d where {noted}) then
                    state := 'tainted';
                    detail := (select string_agg(distinct d.tag || ' ' || d.object, ', ') from postgres_testing.ddl d where {noted});
                    {(Owners.Count == 0 ? "" : $"if {OwnerLost} then detail := detail || ', perhaps REASSIGN OWNED'; end if;")}
                    escapes := array(select distinct d.tag || ' ' || d.object from postgres_testing.ddl d
                                     where {noted} and d.schema <> all({schemas}));
                    return;
                end if;
                {(Owners.Count == 0 ? "" : $"if {OwnerLost} then state := 'tainted'; detail := 'REASSIGN OWNED'; return; end if;")}
                if exists ({OddIndexes()} and not exists (select from {OddIndexesName} o where o.indexrelid = x.indexrelid)) then
                    state := 'tainted';
                    detail := 'an index that was clustered on, or left invalid';
                    return;
                end if;
                {(Digest is { } digest ? $"""
                if postgres_testing.catalogue_digest({schemas}) <> {digest} then
                    state := 'tainted';
                    detail := 'DDL: the catalogue of the unit is not what it was';
                    return;
                end if;
                """ : "")}
                {(BesideSchemas is { } beside ? $"""
                if postgres_testing.beside_schemas() <> {beside} or postgres_testing.database_changed() then
                    state := 'tainted';
                    detail := 'large objects, event triggers or the settings of the database';
                    return;
                end if;
                """ : "")}
                {Dirty(sizes: true)}
                {(CountSeeds is null ? "" : $"if dirty && {Numbers(Plan.Tables.Where(Plan.InSeededFamily))} then seed_age := (select age(last_value::text::xid) from {SeededBy}); end if;")}
                foreach i in array array(select unnest(dirty) order by 1) loop
                    continue when i = any(done);
                    case i
                    when -1 then null;
                    {Branches()}
                    end case;
                end loop;
                {Sequences()}
                {(CountSeeds is null ? "" : $"if refilled then perform {NoteSeed}; end if;")}
                state := 'clean';
            end $reset$;
            create or replace function {DirtyName}() returns int[] language plpgsql as $dirty$
            declare dirty int[] := '{"{}"}';
            begin
                {Dirty(sizes: false)}
                return dirty;
            end $dirty$;
            """;
    }

    /// <summary>No event trigger fires for REASSIGN OWNED, which takes everything in the database from a role: one thing tells of all.</summary>
    string OwnerLost => $"""
        exists (select from (values {string.Join(", ", Owners.Select(o => $"({o.Catalogue}::oid, {o.Oid}::oid, {o.Role}::oid)"))}) o(catalogue, oid, role)
                where not exists (select from pg_shdepend d where d.dbid = (select oid from pg_database where datname = current_database())
                                  and d.classid = o.catalogue and d.objid = o.oid and d.objsubid = 0 and d.refobjid = o.role and d.deptype = 'o'))
        """;

    /// <summary>One statement per chunk, each with its own plan. Tables that are truncated each time are looked at by number:
    /// a plan that names a table is made anew after its truncation.</summary>
    /// <param name="sizes">Whether tables without rows count, too, once it takes long to see that they have none: what a rollback left
    /// is scanned by every reset. To ask for the size of each would cost more than to look for rows.</param>
    string Dirty(bool sizes)
    {
        var sql = new StringBuilder();
        var unseeded = Plan.Tables.Where(t => !t.IsPartitioned && !Plan.InSeededFamily(t)).ToList();
        foreach (var chunk in unseeded.Where(t => !ResetPlan.ShowsBySize(t)).Chunk(Chunk))
        {
            if (sizes) Line(sql, $"began := clock_timestamp();");
            Line(sql, $"dirty := dirty || array({string.Join(" union all ", chunk.Select(t => $"select {Plan.IndexOf(t)} where exists (select from only {t.Sql})"))});");
            if (!sizes) continue;
            Line(sql, $"if clock_timestamp() > began + interval '{MicrosecondsWorthLooking} microseconds' then");
            Line(sql, $"dirty := dirty || array(select t.i from unnest({Oids(chunk)}, {Numbers(chunk)}) t(o, i) where t.i <> all(dirty) and {IsLarge("t.o")});");
            Line(sql, $"end if;");
        }
        var bySize = unseeded.Where(ResetPlan.ShowsBySize).ToList();
        if (bySize.Count > 0)
            Line(sql, $"dirty := dirty || array(select t.i from unnest({Oids(bySize)}, {Numbers(bySize)}) t(o, i) where pg_relation_size(t.o) > 0);");
        foreach (var family in Plan.SeededFamilies)
            Line(sql, $"if (select is_called from {Mark(family)}) then dirty := dirty || {Numbers(family.Where(t => !t.IsPartitioned))}; end if;");
        return sql.ToString();
    }

    /// <param name="table">SQL of a relation.</param>
    /// <param name="beyond">SQL of the relation that it may be as large as, and larger by few pages.</param>
    static string IsLarge(string table, string? beyond = null)
        => $"pg_relation_size({table}) > {(beyond is null ? "" : $"pg_relation_size({beyond}) + ")}{PagesWorthDeleting} * current_setting('block_size')::int";

    string Branches()
    {
        var sql = new StringBuilder();
        foreach (var table in Plan.Tables.Where(t => !t.IsPartitioned))
        {
            Line(sql, $"when {Plan.IndexOf(table)} then");
            switch (Plan.WayOf(table))
            {
                case ResetWay.Delete:
                    Line(sql, $"if {IsLarge($"{table.Oid}::oid::regclass")} then");
                    Line(sql, $"{Truncation(table)}");
                    Line(sql, $"else delete from only {table.Sql}; get diagnostics n = row_count; end if;");
                    break;
                case ResetWay.Truncate when replica && Plan.InSeededFamily(table) && !ResetPlan.ShowsBySize(table) && !table.FiresOn.Contains("delete"):
                    // Where all rows of the seed are still there, what is younger goes, and the seed keeps its order. Else all of it is written anew.
                    Line(sql, $"gone := 0; n := null;");
                    Line(sql, $"if not ({IsLarge($"{table.Oid}::oid::regclass", table.Seeded ? $"{SqlText.Literal(Copy(table))}::regclass" : null)}) then");
                    Line(sql, $"delete from only {table.Sql} where age(xmin) < seed_age; get diagnostics gone = row_count;");
                    Line(sql, $"if (select count(*) from only {table.Sql}) = {SeedCounts[Plan.IndexOf(table)]} then n := 0; end if;");
                    Line(sql, $"end if;");
                    Line(sql, $"if n is null then");
                    Line(sql, $"{Truncation(table)}");
                    Line(sql, $"end if;");
                    Line(sql, $"n := n + gone;");
                    break;
                case ResetWay.Truncate:
                    Line(sql, $"{Truncation(table)}");
                    break;
                default:
                    Line(sql, $"state := 'tainted'; detail := {SqlText.Literal($"rows of {table.Sql}, whose triggers or rules would fire during a reset")}; return;");
                    break;
            }
            Line(sql, $"changed := changed || {table.Oid}::oid; row_counts := row_counts || n;");
        }
        return sql.ToString();
    }

    string Truncation(Table table)
    {
        var closure = Plan.Closure(table);
        var sql = new StringBuilder();
        if (table.HidesRows) Line(sql, $"n := null;");
        else Line(sql, $"n := (select count(*) from only {table.Sql}){(table.Seeded ? $" - (select count(*) from {Copy(table)})" : "")};");
        Line(sql, $"truncate {string.Join(", ", closure.Select(t => t.IsPartitioned ? t.Sql : "only " + t.Sql))};");
        foreach (var seeded in Plan.ParentsFirst(closure.Where(t => t.Seeded))) Line(sql, $"{Refill(seeded, Copy(seeded))} refilled := true;");
        Line(sql, $"done := done || {Numbers(closure)};");
        return sql.ToString();
    }

    string Sequences()
    {
        var states = catalogue.Sequences.Select(s =>
                $"select setval({s.Oid}::oid::regclass, {s.LastValue}, {s.IsCalled}) v from {s.Sql} where last_value <> {s.LastValue} or is_called <> {s.IsCalled}")
            .Concat(Plan.SeededFamilies.Select(f => $"select setval({SqlText.Literal(Mark(f))}::regclass, 1, false) v from {Mark(f)} where is_called"));
        return string.Join('\n', states.Chunk(Chunk).Select(chunk => $"perform v from ({string.Join(" union all ", chunk)}) s;"));
    }

    public static string Refill(Table table, string copy)
        => $"insert into {table.Sql} {(table.Columns.Length > 0 ? $"({Columns(table)}) " : "")}overriding system value select {Columns(table)} from {copy};";

    public static string Columns(Table table) => string.Join(", ", table.Columns);

    public string Copy(Table table) => Object($"{owner} {table.Oid}");

    string Mark(Table[] family) => Object($"{owner} mark {family[0].Oid}");

    static string Object(string name) => $"postgres_testing.{SqlText.Identifier(name)}";

    static string Oids(IEnumerable<Table> tables) => $"'{{{string.Join(',', tables.Select(t => t.Oid))}}}'::oid[]";

    string Numbers(IEnumerable<Table> tables) => $"'{{{string.Join(',', tables.Select(Plan.IndexOf))}}}'::int[]";

    static void Line(StringBuilder sql, FormattableString line) => sql.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
