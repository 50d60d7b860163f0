using System.Globalization;
using System.Text;

namespace Postgres.Testing;

/// <summary>Writes the procedure that resets one unit: static statements, so that the control session plans each once.</summary>
/// <remarks>A session has slots for 16 locks (before PostgreSQL 18); for more it writes to a table that all sessions share and wait for. So the
/// procedure commits before it would hold more, and looks at any number of tables without being in the way of other tests.</remarks>
/// <param name="owner">The unit's schema; the template for databases.</param>
/// <param name="isDatabase">Whether the unit is the whole database.</param>
/// <param name="catalogue">What the unit consists of.</param>
/// <param name="replica">Whether resets run as <c>session_replication_role = replica</c>; else foreign keys are in force.</param>
sealed class ResetFunction(string owner, bool isDatabase, Catalogue catalogue, bool replica)
{
    /// <summary>Oid of <c>pg_namespace</c>, as in its header in PostgreSQL's sources.</summary>
    const int NamespaceCatalogue = 2615;

    readonly string schemas = $"'{{{string.Join(',', catalogue.Schemas.Select(SqlText.Identifier))}}}'::text[]";

    /// <summary>Heap pages beyond which a table is truncated: dead rows cost every scan, a truncation costs once.</summary>
    const int PagesWorthDeleting = 4;

    /// <summary>A look for rows that takes longer than this pays for a look at sizes: some ten thousand dead rows do.</summary>
    const int MicrosecondsWorthLooking = 250;

    /// <summary>Queries over all tables are cut into such chunks: as many as there are slots beside one for a catalogue, and a truncation
    /// invalidates one chunk's plan only.</summary>
    const int Chunk = 15;

    /// <summary>What the catalogue looks like, where no event trigger tells of DDL; null where one does.</summary>
    public long? Digest { get; init; }

    /// <summary>Objects of the unit, one for each role beside the server's own that has any; empty where the digest tells.</summary>
    public IReadOnlyList<OwnedObject> Owners { get; init; } = [];

    /// <summary>Oids of the unit's materialized views.</summary>
    public uint[] MaterializedViews { get; init; } = [];

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

    /// <summary>The procedure's name.</summary>
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
            Line(sql, $"create unlogged table {Copy(table)} as select {table.Columns} from only {table.Sql};");
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

    /// <summary>No event trigger fires for CLUSTER, nor for a CREATE INDEX CONCURRENTLY that fails and leaves its index, nor in time for a DETACH
    /// PARTITION CONCURRENTLY that is cancelled.</summary>
    string OddIndexes() => $"select x.indexrelid from pg_index x where x.indrelid = any({Oids([.. catalogue.Tables.Select(t => t.Oid), .. MaterializedViews])}) and (x.indisclustered or not x.indisvalid)"
        + (catalogue.Tables.Any(t => t.IsPartitioned) ? $" union all select h.inhrelid from pg_inherits h where h.inhdetachpending and h.inhparent = any({Oids(catalogue.Tables.Where(t => t.IsPartitioned))})" : "");

    /// <summary>What ends the unit's pristine copies, marks and routines.</summary>
    public static string Removal(string owner) => $"""
        do $$
        declare o text;
        begin
            for o in select format('%s postgres_testing.%I', case relkind when 'S' then 'sequence' else 'table' end, relname) from pg_class
                     where relnamespace = 'postgres_testing'::regnamespace and relkind in ('r', 'S') and starts_with(relname, {SqlText.Literal(owner + " ")}) loop
                execute 'drop ' || o;
            end loop;
        end $$;
        drop routine if exists {Object(owner)}, {Object(owner + " dirty")};
        """;

    /// <summary>SQL that tells which of the notes of DDL are the unit's.</summary>
    string Noted => isDatabase ? "true" : $"(d.unit = {SqlText.Literal(owner)} or d.schema = any({schemas}))";

    /// <summary>SQL of one text that says which DDL the lease has seen; null for none, or where only the digest tells.</summary>
    public string Ddl => $"(select string_agg(distinct d.tag || coalesce(' ' || d.object, ''), ', ') from postgres_testing.ddl d where {Noted})";

    /// <summary>Calls the procedure, with the name of the test's sessions and whether to audit.</summary>
    public string Call => $"call {Name}($1, $2, null, null, null, null, null, null, null)";

    /// <summary>The definitions of the procedure and of the function.</summary>
    public string Definition()
    {
        return $"""
            create or replace procedure {Name}(application text, audit boolean, out state text, out detail text, out pids int[],
                out changed oid[], out row_counts bigint[], out escapes text[], out audit_mark bigint)
            language plpgsql as $reset$
            #variable_conflict use_column
            declare
                suspects int[]; dirty int[] := '{"{}"}'; done int[] := '{"{}"}'; i int; other int; n bigint; gone bigint; filled bigint; seed_age int; refilled boolean := false; began timestamptz;
                has_ddl boolean; lost_owner boolean; has_odd boolean; oids oid[] := {Oids(Plan.Tables)};
            begin
                {Sessions()}
                if pids is not null then
                    state := 'leaked';
                    return;
                end if;
                if audit then audit_mark := postgres_testing.audit_mark(); end if;
                select exists (select from postgres_testing.ddl d where {Noted}), {(Owners.Count == 0 ? "false" : OwnerLost)},
                    exists (select from ({OddIndexes()}) x where not exists (select from {OddIndexesName} o where o.indexrelid = x.indexrelid)) into has_ddl, lost_owner, has_odd;
                if has_ddl then
                    detail := coalesce({Ddl}, 'DDL');
                    if lost_owner then detail := detail || ', perhaps REASSIGN OWNED'; end if;
                    {(isDatabase ? "" : $"escapes := array(select distinct d.tag || ' ' || d.object from postgres_testing.ddl d where {Noted} and d.schema <> all({schemas}));")}
                elsif lost_owner then detail := 'REASSIGN OWNED';
                elsif has_odd then detail := 'an index that was clustered on or left invalid, or a partition that was left half detached';
                {(Digest is { } digest ? $"elsif postgres_testing.catalogue_digest({schemas}, {isDatabase}) <> {Number(digest)} then detail := 'DDL: the catalogue of the unit is not what it was';" : "")}
                {(BesideSchemas is { } beside ? $"""
                elsif postgres_testing.beside_schemas() <> {Number(beside)} or postgres_testing.database_changed() then
                    detail := 'large objects, event triggers or the settings of the database';
                """ : "")}
                end if;
                if detail is not null then
                    state := 'tainted';
                    return;
                end if;
                commit;
                {Dirty(sizes: true)}
                {(CountSeeds is null ? "" : $"if dirty && {Numbers(Plan.Tables.Where(Plan.InSeededFamily))} then seed_age := (select age(last_value::text::xid) from {SeededBy}); end if;")}
                foreach i in array {(Plan.SeededFamilies.Any() ? "array(select unnest(dirty) order by 1)" : "dirty")} loop
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
            declare dirty int[] := '{"{}"}'; oids oid[] := {Oids(Plan.Tables)};
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

    /// <summary>Client sessions that have a transaction open on the unit or hold advisory locks in its name; null stands for a prepared
    /// transaction. Who holds locks on the unit's tables counts under whatever name it goes, if it goes on to: a neighbour that looks at all
    /// tables of the database does so for a moment. A prepared transaction counts also by a lock on its schema (DDL), or by being in the unit's
    /// database. Claims on units are no leaks. While nobody else works there are no suspects, and nobody is asked for a name.</summary>
    string Sessions()
    {
        const string Database = "(select oid from pg_database where datname = current_database())";
        var prepared = isDatabase ? $"pids := pids || array(select null::int from pg_prepared_xact() x where x.dbid = {Database} limit 1);" : "";
        return $"""
            suspects := array(select coalesce(l.pid, 0) * 4 + case l.locktype when 'virtualxid' then {InTransaction} when 'advisory' then {HoldsAdvisoryLock} else {HoldsUnit} end
                from pg_lock_status() l
                where l.pid is distinct from pg_backend_pid()
                    and (l.locktype = 'virtualxid'
                        or l.locktype = 'advisory' and not (l.objsubid = 1 and l.classid between {UnitFactory.KeyPrefix << 16} and {(UnitFactory.KeyPrefix << 16) + 0xFFFF})
                        or (l.locktype = 'relation' and l.relation = any({Oids(catalogue.Tables)})
                            or l.locktype = 'object' and l.pid is null and l.classid = {NamespaceCatalogue}
                                and l.objid in (select oid from pg_namespace where nspname = any({schemas})))
                            and l.database = {Database}));
            if suspects <> '{"{}"}' then
                pids := array(select distinct nullif(s / 4, 0) from unnest(suspects) s left join lateral pg_stat_get_activity(s / 4) a on true
                    where ({(isDatabase ? $"s % 4 = {HoldsUnit}" : $"s = {HoldsUnit}")} or a.application_name = application and (s % 4 <> {InTransaction} or a.state <> 'idle'))
                        and coalesce(a.backend_type, case when a.pid is null or a.usesysid is not null then 'client backend' end) = 'client backend');
                {(isDatabase ? "" : $"if pids = '{"{}"}' and exists (select from unnest(suspects) s where s % 4 = {HoldsUnit}) then pids := postgres_testing.lasting_holders({Oids(catalogue.Tables)}); end if;")}
            end if;
            {prepared}
            pids := nullif(pids, '{"{}"}');
            """;
    }

    const int InTransaction = 0, HoldsAdvisoryLock = 1, HoldsUnit = 2;

    /// <summary>One statement per chunk, each with its own plan; in the plan's order. Tables that are truncated each time are looked at by
    /// number, from a variable: a plan that names a table, if only as a constant, is made anew after its truncation. Parts of one expression
    /// are begun and ended quicker than those of a union. Of a mark it is enough to know that it was called, which needs no scan.</summary>
    /// <param name="sizes">Whether tables without rows count, too, once it takes long to see that they have none: what a rollback left
    /// is scanned by every reset. To ask for the size of each would cost more than to look for rows.</param>
    string Dirty(bool sizes)
    {
        var sql = new StringBuilder();
        foreach (var (number, chunk) in Plan.Tables.Where(t => !t.IsPartitioned && !Plan.InSeededFamily(t)).Chunk(Chunk).Index())
        {
            if (sizes && number > 0) Line(sql, $"commit;");
            var byRows = chunk.Where(t => !ResetPlan.ShowsBySize(t)).ToList();
            if (sizes && byRows.Count > 0) Line(sql, $"began := clock_timestamp();");
            var parts = chunk.Select(t => $"case when {(ResetPlan.ShowsBySize(t) ? $"pg_relation_size(oids[{Plan.IndexOf(t) + 1}]) > 0" : $"exists (select from only {t.Sql})")} then {Plan.IndexOf(t)} end");
            Line(sql, $"dirty := dirty || array_remove(array[{string.Join(", ", parts)}], null);");
            if (!sizes || byRows.Count == 0) continue;
            Line(sql, $"if clock_timestamp() > began + interval '{MicrosecondsWorthLooking} microseconds' then");
            Line(sql, $"dirty := array(select unnest(dirty) union select t.i from unnest({Oids(byRows)}, {Numbers(byRows)}) t(o, i) where {IsLarge("t.o")} order by 1);");
            Line(sql, $"end if;");
        }
        foreach (var (number, family) in Plan.SeededFamilies.Index())
        {
            if (sizes && Plan.Tables.Count + Plan.SeededFamilies.Count > Chunk && number % Chunk == 0) Line(sql, $"commit;");
            Line(sql, $"if {IsMarked(family)} then dirty := dirty || {Numbers(family.Where(t => !t.IsPartitioned))}; end if;");
        }
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
        if (closure.Skip(1).Where(t => !t.IsPartitioned && !t.HidesRows).ToList() is { Count: > 0 } others)
        {
            // Those that go with it, and were written to as well.
            Line(sql, $"foreach other in array array(select d from unnest(dirty) d where d = any({Numbers(others)}) and oids[d + 1] <> all(coalesce(changed, '{{}}'))) loop");
            Line(sql, $"execute format('select count(*) from only %s', oids[other + 1]::regclass) into filled;");
            Line(sql, $"changed := changed || oids[other + 1]; row_counts := row_counts || filled{(SeedCounts.Length == 0 ? "" : $" - ('{{{string.Join(',', SeedCounts.Select(Number))}}}'::bigint[])[other + 1]")};");
            Line(sql, $"end loop;");
        }
        Line(sql, $"truncate {string.Join(", ", closure.Select(t => t.IsPartitioned ? t.Sql : "only " + t.Sql))};");
        foreach (var seeded in Plan.ParentsFirst(closure.Where(t => t.Seeded)))
        {
            Line(sql, $"{Refill(seeded, Copy(seeded))} get diagnostics filled = row_count; refilled := true;");
            if (seeded.RemembersDeadRows) Line(sql, $"perform {FindCentres(seeded)};");
            Line(sql, $"if filled <> {SeedCounts[Plan.IndexOf(seeded)]} then state := 'tainted'; detail := {SqlText.Literal($"the copy of the seed of {seeded.Sql} was written to")}; return; end if;");
        }
        Line(sql, $"done := done || {Numbers(closure)};");
        return sql.ToString();
    }

    string Sequences()
    {
        // Functions in an expression take less than a scan. One tells the value of a sequence that was called; of one that was not it tells nothing,
        // and the value may be another all the same: those are set without a look, but by a role that may not own them all.
        var called = catalogue.Sequences.Where(s => s.IsCalled).Select(s => $"if pg_sequence_last_value({s.Oid}::oid::regclass) is distinct from {Number(s.LastValue)} then perform {Set(s)}; end if;")
            .Concat(Plan.SeededFamilies.Select(f => $"if {IsMarked(f)} then perform setval({SqlText.Literal(Mark(f))}::regclass, 1, false); end if;"));
        var uncalled = catalogue.Sequences.Where(s => !s.IsCalled).Chunk(Chunk).Select(chunk => replica ? $"n := cardinality(array[{string.Join(", ", chunk.Select(Set))}]);"
            : $"perform v from ({string.Join(" union all ", chunk.Select(s => $"select {Set(s)} v from {s.Sql} where is_called or last_value <> {Number(s.LastValue)}"))}) s;");
        var fewLocks = Plan.Tables.Count + catalogue.Sequences.Count + Plan.SeededFamilies.Count <= Chunk;
        return string.Join(fewLocks ? "\n" : "\ncommit;\n", called.Chunk(Chunk).Select(chunk => string.Join('\n', chunk)).Concat(uncalled).Prepend(""));

        static string Set(Sequence s) => $"setval({s.Oid}::oid::regclass, {Number(s.LastValue)}, {s.IsCalled})";
    }

    public static string FindCentres(Table table) => $"postgres_testing.find_centres({table.Oid})";

    public static string Refill(Table table, string copy)
        => $"insert into {table.Sql} {(table.Columns.Length > 0 ? $"({table.Columns}) " : "")}overriding system value select {table.Columns} from {copy};";

    public string Copy(Table table) => Object($"{owner} {table.Oid}");

    string IsMarked(Table[] family) => $"pg_sequence_last_value({SqlText.Literal(Mark(family))}::regclass) is not null";

    string Mark(Table[] family) => Object($"{owner} mark {family[0].Oid}");

    // Some cultures have a minus sign that SQL has not.
    static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    static string Object(string name) => $"postgres_testing.{SqlText.Identifier(name)}";

    static string Oids(IEnumerable<Table> tables) => Oids([.. tables.Select(t => t.Oid)]);

    static string Oids(uint[] oids) => $"'{{{string.Join(',', oids)}}}'::oid[]";

    string Numbers(IEnumerable<Table> tables) => $"'{{{string.Join(',', tables.Select(Plan.IndexOf))}}}'::int[]";

    static void Line(StringBuilder sql, FormattableString line) => sql.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
