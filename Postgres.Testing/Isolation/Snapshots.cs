using System.Globalization;
using System.Text;
using Npgsql;

namespace Postgres.Testing;

/// <summary>States of one unit that can be gone back to. A layer holds what differs from the clean unit: copies of the tables with
/// other rows, and all sequences.</summary>
sealed class Snapshots(string owner, NpgsqlConnection control, ResetFunction function, Catalogue catalogue)
{
    sealed record Layer(string Name, int Number, bool IsScenario, Dictionary<int, string> Digests, IReadOnlyList<(long LastValue, bool IsCalled)> Sequences);

    readonly Dictionary<string, Layer> layers = [];
    readonly Dictionary<string, Layer> scenarios = [];
    Dictionary<int, string> staged = [];
    int made;

    ResetPlan Plan => function.Plan;

    public bool HasScenario(string name) => scenarios.ContainsKey(name);

    /// <summary>Remembers the committed state under a name, in place of what went by it before.</summary>
    public async Task TakeAsync(string name, bool isScenario, CancellationToken cancellationToken)
    {
        var (tables, sequences) = await LookAsync(cancellationToken).ConfigureAwait(false);
        var digests = await DigestsAsync(control, tables, cancellationToken).ConfigureAwait(false);
        if (isScenario) staged = digests;
        if (isScenario && tables.Any(i => FiresOnInsert(Plan.Tables[i]))) return; // made anew for each lease
        var (into, number) = (isScenario ? scenarios : layers, ++made);
        var sql = new StringBuilder();
        foreach (var table in tables.Select(i => Plan.Tables[i]))
            Line(sql, $"create unlogged table {Copy(number, table)} as select {table.Columns} from only {table.Sql};");
        if (into.Remove(name, out var former)) sql.Append(Removal([former]));
        await ExecuteAsync(Unhidden(tables.Select(i => Plan.Tables[i]), sql), cancellationToken).ConfigureAwait(false);
        into[name] = new(name, number, isScenario, digests, sequences);
    }

    /// <summary>Brings back the rows and sequences of a layer. Tables that still have them are not touched.</summary>
    public async Task RestoreAsync(string name, bool isScenario, CancellationToken cancellationToken)
    {
        var layer = (isScenario ? scenarios : layers).GetValueOrDefault(name) ?? throw new PostgresTestingException(
            $"This lease has no snapshot '{name}'. It has: {(layers.Count == 0 ? "none, take one with SnapshotAsync" : string.Join(", ", layers.Keys))}.");
        var (dirty, _) = await LookAsync(cancellationToken).ConfigureAwait(false);
        var now = await DigestsAsync(control, [.. layer.Digests.Keys], cancellationToken).ConfigureAwait(false);
        // Rows alone do not tell whether a vector index has dead entries since the layer was taken, and those that are hidden tell nothing.
        var changed = layer.Digests.Keys.Where(i => ResetPlan.ShowsBySize(Plan.Tables[i]) || now[i] != layer.Digests[i])
            .Union(dirty.Except(layer.Digests.Keys)).Select(i => Plan.Tables[i]).ToList();
        ThrowIfStubborn(changed.Find(t => Plan.WayOf(t) == ResetWay.Taint));
        // Where foreign keys are in force, a deletion would end in those that refer to it, or take their rows along.
        var truncated = changed.Where(t => !Plan.IsReplica || Plan.WayOf(t) == ResetWay.Truncate).SelectMany(Plan.Closure).Distinct().ToList();
        ThrowIfStubborn(changed.Union(truncated).FirstOrDefault(t => FiresOnInsert(t) && (t.Seeded || layer.Digests.ContainsKey(Plan.IndexOf(t)))));
        var sql = new StringBuilder();
        if (truncated.Count > 0) Line(sql, $"truncate {string.Join(", ", truncated.Select(t => t.IsPartitioned ? t.Sql : "only " + t.Sql))};");
        foreach (var table in Plan.ChildrenFirst(changed.Except(truncated))) Line(sql, $"delete from only {table.Sql};");
        foreach (var table in Plan.ParentsFirst(changed.Union(truncated).Where(t => !t.IsPartitioned)))
        {
            if (layer.Digests.ContainsKey(Plan.IndexOf(table))) Line(sql, $"{ResetFunction.Refill(table, Copy(layer.Number, table))}");
            else if (table.Seeded) Line(sql, $"{ResetFunction.Refill(table, function.Copy(table))}");
            if (table.RemembersDeadRows) Line(sql, $"select {ResetFunction.FindCentres(table)};");
        }
        for (var i = 0; i < layer.Sequences.Count; i++)
        {
            var (sequence, (last, called)) = (catalogue.Sequences[i], layer.Sequences[i]);
            Line(sql, $"select setval({sequence.Oid}::oid::regclass, {last}, {called}) from {sequence.Sql} where last_value <> {last} or is_called <> {called};");
        }
        await ExecuteAsync(Unhidden(changed.Union(truncated), sql), cancellationToken).ConfigureAwait(false);
        var rewritten = changed.Union(truncated).Select(Plan.IndexOf).Where(layer.Digests.ContainsKey).ToArray();
        foreach (var (index, digest) in await DigestsAsync(control, rewritten, cancellationToken).ConfigureAwait(false)) layer.Digests[index] = digest;
        if (isScenario) staged = layer.Digests;
    }

    static bool FiresOnInsert(Table table) => table.FiresOn.Contains("insert", StringComparison.Ordinal);

    static void ThrowIfStubborn(Table? table)
    {
        if (table is not null) throw new PostgresTestingException($"{table.Sql} cannot be restored: triggers or rules of its own would fire. Lease a new unit instead.");
    }

    /// <summary>Ends the snapshots of a lease; scenarios stay.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        staged = [];
        if (layers.Count == 0) return;
        var sql = Removal(layers.Values);
        layers.Clear();
        await ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends what a former process left of its layers, whose numbers this one would use again.</summary>
    public Task ClearAsync(CancellationToken cancellationToken) => ExecuteAsync($"""
        do $$
        declare o text;
        begin
            for o in select format('postgres_testing.%I', relname) from pg_class
                     where relnamespace = 'postgres_testing'::regnamespace and relkind = 'r' and starts_with(relname, {SqlText.Literal(owner + " layer ")}) loop
                execute 'drop table ' || o;
            end loop;
        end $$
        """, cancellationToken);

    /// <summary>Tables that are not as in the clean unit, and the state of all sequences.</summary>
    /// <exception cref="PostgresTestingException">The test has changed the schema: tables, and columns, are known as they were migrated.</exception>
    async Task<(int[] Dirty, IReadOnlyList<(long, bool)> Sequences)> LookAsync(CancellationToken cancellationToken)
    {
        var states = string.Join(" union all ", catalogue.Sequences.Select((s, i) => $"select {i} as i, last_value, is_called from {s.Sql}"));
        var sql = $"select {function.Ddl}; select {function.DirtyName}()" + (states.Length > 0 ? $"; {states} order by i" : "");
        await using var command = new NpgsqlCommand(sql, control);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!reader.IsDBNull(0)) throw new PostgresTestingException(
            $"The test has changed the schema ({reader.GetString(0)}): a snapshot holds the tables and columns that were migrated. Move the DDL into TestDatabasesOptions.Migrate, or do without the snapshot.");
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var dirty = reader.GetFieldValue<int[]>(0);
        List<(long, bool)> sequences = [];
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) sequences.Add((reader.GetInt64(1), reader.GetBoolean(2)));
        return (dirty, sequences);
    }

    /// <summary>Tables that are not as the lease began with them, through a session that sees what it did; null for the engine's own.</summary>
    public async Task<IReadOnlyList<TableChange>> ChangesAsync(NpgsqlConnection? session, CancellationToken cancellationToken)
    {
        session ??= control;
        await using var command = new NpgsqlCommand($"select {function.DirtyName}()", session);
        var dirty = (int[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        var now = await DigestsAsync(session, [.. dirty.Union(staged.Keys)], cancellationToken).ConfigureAwait(false);
        return [.. now.Where(table => table.Value.Length == 0 || table.Value != staged.GetValueOrDefault(table.Key))
            .Select(table => new TableChange(Plan.Tables[table.Key].Sql, RowsOf(table.Value) - StagedRows(table.Key)))];
    }

    /// <summary>How many rows more than the seed a table had when the lease began.</summary>
    public long StagedRows(int table) => RowsOf(staged.GetValueOrDefault(table, ""));

    static long RowsOf(string digest) => digest.Length == 0 ? 0 : long.Parse(digest.AsSpan(0, digest.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>How many rows more than the seed a table has, and which versions: equal digests, equal rows, but where rows are hidden.</summary>
    async Task<Dictionary<int, string>> DigestsAsync(NpgsqlConnection session, int[] tables, CancellationToken cancellationToken)
    {
        Dictionary<int, string> digests = [];
        if (tables.Length == 0) return digests;
        await using var command = new NpgsqlCommand(string.Join(" union all ", tables.Select(i =>
            Plan.Tables[i].HidesRows ? $"select {i}, ''" :
            $"select {i}, count(*){(Plan.Tables[i].Seeded ? $" - (select count(*) from {function.Copy(Plan.Tables[i])})" : "")} || ':' || coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)), 0) from only {Plan.Tables[i].Sql}")), session);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) digests[reader.GetInt32(0)] = reader.GetString(1);
        return digests;
    }

    string Removal(IEnumerable<Layer> ended)
        => string.Concat(ended.SelectMany(l => l.Digests.Keys.Select(i => $"drop table {Copy(l.Number, Plan.Tables[i])};\n")));

    string Copy(int number, Table table) => $"postgres_testing.{SqlText.Identifier($"{owner} layer {number} {table.Oid}")}";

    async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        if (sql.Length == 0) return;
        try
        {
            await using var command = new NpgsqlCommand(sql, control);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new PostgresTestingException("The test has a transaction open on tables of the snapshot: commit or roll it back first.", exception);
        }
    }

    /// <summary>Statements that see and write all rows of the tables. A constraint that waits for the end of the transaction would refuse the ALTER.</summary>
    static string Unhidden(IEnumerable<Table> tables, StringBuilder sql)
    {
        var hidden = tables.Where(t => t.HidesRows).ToList();
        if (hidden.Count == 0) return sql.ToString();
        string Alter(string how) => string.Concat(hidden.Select(t => $"alter table {t.Sql} {how} row level security;\n"));
        return $"{Alter("no force")}{sql}set constraints all immediate;\n{Alter("force")}";
    }

    static void Line(StringBuilder sql, FormattableString line) => sql.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
