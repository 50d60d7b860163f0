using System.Globalization;
using System.Text;

namespace Postgres.Testing;

/// <summary>Writes the function that resets one unit: static statements, so that the control session plans each once.</summary>
sealed class ResetFunction(string unit, string[] schemas, Catalogue catalogue)
{
    /// <summary>Heap pages beyond which a table is truncated: dead rows cost every scan, a truncation costs once.</summary>
    const int PagesWorthDeleting = 4;

    /// <summary>Queries over all tables are cut into such chunks: a truncation invalidates one chunk's plan only.</summary>
    const int Chunk = 32;

    readonly Dictionary<uint, Table> tables = catalogue.Tables.ToDictionary(t => t.Oid);
    readonly List<Table[]> families = FindFamilies(catalogue.Tables);

    /// <summary>The function's name.</summary>
    public string Name { get; } = $"postgres_testing.{SqlText.Identifier(unit)}";

    IEnumerable<Table[]> SeededFamilies => families.Where(f => f.Any(t => t.Seeded));

    /// <summary>Pristine copies and dirt marks of the seeded tables.</summary>
    public string Preparation()
    {
        var sql = new StringBuilder();
        foreach (var table in catalogue.Tables.Where(t => t.Seeded))
            sql.AppendLine(CultureInfo.InvariantCulture, $"create table {Copy(table)} as select {Columns(table)} from only {table.Sql};");
        foreach (var family in SeededFamilies)
        {
            sql.AppendLine(CultureInfo.InvariantCulture, $"create sequence {Mark(family)};");
            foreach (var table in family)
                sql.AppendLine(CultureInfo.InvariantCulture, $"""
                    create trigger postgres_testing_dirt before insert or update or delete or truncate on {table.Sql}
                        for each statement execute function postgres_testing.mark_dirty({SqlText.Literal(Mark(family))});
                    alter table {table.Sql} enable always trigger postgres_testing_dirt;
                    """);
        }
        return sql.ToString();
    }

    /// <summary>The statements that end the unit's pristine copies, marks and function.</summary>
    public string Removal()
    {
        var sql = new StringBuilder();
        foreach (var table in catalogue.Tables.Where(t => t.Seeded)) sql.AppendLine(CultureInfo.InvariantCulture, $"drop table if exists {Copy(table)};");
        foreach (var family in SeededFamilies) sql.AppendLine(CultureInfo.InvariantCulture, $"drop sequence if exists {Mark(family)};");
        return sql.AppendLine(CultureInfo.InvariantCulture, $"drop function if exists {Name}();").ToString();
    }

    /// <summary>The definition of the function.</summary>
    public string Definition()
    {
        var oids = Oids(catalogue.Tables);
        var names = $"'{{{string.Join(',', schemas.Select(SqlText.Identifier))}}}'::text[]";
        return $"""
            create or replace function {Name}(out state text, out detail text, out pids int[], out changed oid[], out row_counts bigint[])
            language plpgsql as $reset$
            declare
                dirty int[]; done int[] := '{"{}"}'; i int; n bigint;
            begin
                if exists (select from postgres_testing.ddl d where d.unit = {SqlText.Literal(unit)} or d.schema = any({names})) then
                    state := 'tainted';
                    detail := (select string_agg(distinct d.tag || ' ' || d.object, ', ') from postgres_testing.ddl d
                               where d.unit = {SqlText.Literal(unit)} or d.schema = any({names}));
                    return;
                end if;
                if exists (select from pg_lock_status() l where l.pid is distinct from pg_backend_pid()
                           and (l.locktype in ('virtualxid', 'advisory') or l.relation = any({oids}))) then
                    pids := postgres_testing.sessions_of({SqlText.Literal(unit)}, {oids});
                    if pids <> '{"{}"}' then
                        state := 'leaked';
                        return;
                    end if;
                end if;
                {Dirty()}
                foreach i in array dirty loop
                    continue when i = any(done);
                    case i
                    {Branches()}
                    else null;
                    end case;
                end loop;
                {Sequences()}
                state := 'clean';
            end $reset$;
            """;
    }

    /// <summary>One statement per chunk, each with its own plan. The tables that are truncated each time are looked at by
    /// number: a plan that names a table is made anew after its truncation.</summary>
    string Dirty()
    {
        var sql = new StringBuilder("dirty := '{}';\n");
        var unseeded = Indexed().Where(t => !t.Table.IsPartitioned && !InSeededFamily(t.Table)).ToList();
        foreach (var chunk in unseeded.Where(t => !t.Table.RemembersDeadRows).Chunk(Chunk))
            sql.AppendLine(CultureInfo.InvariantCulture,
                $"dirty := dirty || array({string.Join(" union all ", chunk.Select(t => $"select {t.Index} where exists (select from only {t.Table.Sql})"))});");
        var grown = unseeded.Where(t => t.Table.RemembersDeadRows).ToList();
        if (grown.Count > 0)
            sql.AppendLine(CultureInfo.InvariantCulture, $"""
                dirty := dirty || array(select t.i from unnest({Oids(grown.Select(t => t.Table))}, {Numbers(grown.Select(t => t.Index))}) t(o, i)
                                        where pg_relation_size(t.o) > 0);
                """);
        foreach (var family in SeededFamilies)
            sql.AppendLine(CultureInfo.InvariantCulture, $"""
                if pg_sequence_last_value({SqlText.Literal(Mark(family))}::regclass) is not null then
                    dirty := dirty || {Numbers(family.Where(t => !t.IsPartitioned).Select(IndexOf))};
                end if;
                """);
        return sql.ToString();
    }

    string Branches()
    {
        var sql = new StringBuilder();
        foreach (var (table, index) in Indexed().Where(t => !t.Table.IsPartitioned))
        {
            sql.AppendLine(CultureInfo.InvariantCulture, $"when {index} then");
            if (table.RemembersDeadRows || InSeededFamily(table))
                sql.AppendLine(Truncation(table));
            else
                sql.AppendLine(CultureInfo.InvariantCulture, $"""
                    if pg_relation_size({table.Oid}::oid::regclass) > {PagesWorthDeleting} * current_setting('block_size')::int then
                        {Truncation(table)}
                    else
                        delete from only {table.Sql};
                        get diagnostics n = row_count;
                    end if;
                    """);
            sql.AppendLine(CultureInfo.InvariantCulture, $"changed := changed || {table.Oid}::oid; row_counts := row_counts || n;");
        }
        return sql.ToString();
    }

    string Truncation(Table table)
    {
        var closure = Closure(table);
        var sql = new StringBuilder($"n := (select count(*) from only {table.Sql});\n");
        var list = string.Join(", ", closure.Select(t => t.IsPartitioned ? t.Sql : "only " + t.Sql));
        sql.AppendLine(CultureInfo.InvariantCulture, $"truncate {list};");
        foreach (var seeded in closure.Where(t => t.Seeded))
            sql.AppendLine(CultureInfo.InvariantCulture,
                $"insert into {seeded.Sql} ({Columns(seeded)}) overriding system value select {Columns(seeded)} from {Copy(seeded)};");
        sql.Append(CultureInfo.InvariantCulture, $"done := done || {Numbers(closure.Select(IndexOf))};");
        return sql.ToString();
    }

    string Sequences()
    {
        var states = catalogue.Sequences.Select(s =>
                $"select setval({s.Oid}::oid::regclass, {s.LastValue}, {s.IsCalled}) v from {s.Sql} where last_value <> {s.LastValue} or is_called <> {s.IsCalled}")
            .Concat(SeededFamilies.Select(f => $"select setval({SqlText.Literal(Mark(f))}::regclass, 1, false) v from {Mark(f)} where is_called"));
        return string.Join('\n', states.Chunk(Chunk).Select(chunk => $"perform v from ({string.Join(" union all ", chunk)}) s;"));
    }

    /// <summary>The tables that have to be truncated with this one, itself first.</summary>
    List<Table> Closure(Table table)
    {
        List<Table> closure = [table];
        for (var i = 0; i < closure.Count; i++)
        {
            var family = closure[i].IsPartitioned ? catalogue.Tables.Where(t => t.Parents.Contains(closure[i].Oid)) : [];
            var referencing = closure[i].ReferencedBy.Select(o => tables.GetValueOrDefault(o)).OfType<Table>();
            foreach (var other in referencing.Concat(family).Where(t => !closure.Contains(t))) closure.Add(other);
        }
        return closure;
    }

    IEnumerable<(Table Table, int Index)> Indexed() => catalogue.Tables.Select((t, i) => (t, i));

    int IndexOf(Table table) => Indexed().First(t => t.Table.Oid == table.Oid).Index;

    bool InSeededFamily(Table table) => SeededFamilies.Any(f => f.Contains(table));

    string Copy(Table table) => $"postgres_testing.{SqlText.Identifier($"{unit} {table.Oid}")}";

    string Mark(Table[] family) => $"postgres_testing.{SqlText.Identifier($"{unit} mark {family[0].Oid}")}";

    static string Oids(IEnumerable<Table> tables) => $"'{{{string.Join(',', tables.Select(t => t.Oid))}}}'::oid[]";

    static string Numbers(IEnumerable<int> numbers) => $"'{{{string.Join(',', numbers)}}}'::int[]";

    static string Columns(Table table) => string.Join(", ", table.Columns);

    /// <summary>Partitions and children with their parents: a statement on one of them writes to others.</summary>
    static List<Table[]> FindFamilies(IReadOnlyList<Table> all)
    {
        var family = all.ToDictionary(t => t.Oid, t => t.Oid);
        uint Root(uint oid) => family[oid] == oid ? oid : family[oid] = Root(family[oid]);
        foreach (var table in all)
            foreach (var parent in table.Parents.Where(family.ContainsKey)) family[Root(table.Oid)] = Root(parent);
        return [.. all.GroupBy(t => Root(t.Oid)).Select(g => g.ToArray())];
    }
}
