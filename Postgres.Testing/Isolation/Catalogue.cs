using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Postgres.Testing;

/// <summary>A table of a unit. "Remembers dead rows": an index of it answers differently for the sake of dead entries.
/// "Hides rows": a policy keeps the engine from seeing all of them. "Fires on": events with triggers or rules of the
/// user's that a reset would set off. Columns are those that can be written, quoted, as a list.</summary>
sealed record Table(uint Oid, string Schema, string Name, bool IsPartitioned, bool RemembersDeadRows, bool HidesRows,
    uint[] ReferencedBy, uint[] Parents, string Columns, string FiresOn, bool Seeded)
{
    public string Sql => SqlText.Identifier(Schema) + "." + SqlText.Identifier(Name);
}

/// <summary>A sequence of a unit with its recorded state.</summary>
sealed record Sequence(uint Oid, string Schema, string Name, long LastValue, bool IsCalled)
{
    public string Sql => SqlText.Identifier(Schema) + "." + SqlText.Identifier(Name);
}

/// <summary>Something of a unit that belongs to a role: in which system catalogue, and by which number.</summary>
sealed record OwnedObject(uint Catalogue, uint Oid, uint Role);

/// <summary>What a migrated and seeded unit consists of.</summary>
sealed record Catalogue(string[] Schemas, IReadOnlyList<Table> Tables, IReadOnlyList<Sequence> Sequences)
{
    /// <summary>Settings that migrations made for their database, each as <c>name=value</c>: a clone does not inherit them.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <param name="connection">A session that sees the unit.</param>
    /// <param name="schemas">The schemas that make it up.</param>
    /// <param name="replica">Whether resets run as <c>session_replication_role = replica</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<Catalogue> ReadAsync(NpgsqlConnection connection, string[] schemas, bool replica, CancellationToken cancellationToken)
        => new(schemas, await ReadTablesAsync(connection, schemas, replica, cancellationToken).ConfigureAwait(false),
            await ReadSequencesAsync(connection, schemas, cancellationToken).ConfigureAwait(false));

    /// <summary>One object of the schemas for each role that owns any. The server's own role owns without being recorded, and cannot lose it.</summary>
    public static async Task<IReadOnlyList<OwnedObject>> ReadOwnersAsync(NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SqlText.Load("owners"), connection) { Parameters = { Names(schemas) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<OwnedObject> owners = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            owners.Add(new(reader.GetFieldValue<uint>(0), reader.GetFieldValue<uint>(1), reader.GetFieldValue<uint>(2)));
        return owners;
    }

    static async Task<List<Table>> ReadTablesAsync(NpgsqlConnection connection, string[] schemas, bool replica, CancellationToken cancellationToken)
    {
        List<Table> tables = [];
        HashSet<uint> seeded = [];
        await using (var command = new NpgsqlCommand(SqlText.Load("tables"), connection) { Parameters = { Names(schemas), Names([replica ? "R" : "O", "A"]) } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            string Text(int column) => reader.IsDBNull(column) ? "" : reader.GetString(column);
            uint[] Oids(int column) => Array.ConvertAll(Text(column).Split(' ', StringSplitOptions.RemoveEmptyEntries), oid => uint.Parse(oid, CultureInfo.InvariantCulture));
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                tables.Add(new(reader.GetFieldValue<uint>(0), reader.GetString(1), reader.GetString(2), reader.GetString(3) == "p",
                    reader.GetBoolean(4), reader.GetBoolean(5), Oids(6), Oids(7), Text(8), Text(9), false));
                if (reader.GetBoolean(10)) seeded.Add(tables[^1].Oid);
            }
        }
        var sql = string.Join(" union all ", tables.Where(t => seeded.Contains(t.Oid) && !t.HidesRows).Select(t => $"select {t.Oid}::oid where not exists (select from only {t.Sql})"));
        if (sql.Length > 0)
        {
            await using var probe = new NpgsqlCommand(sql, connection);
            await using var rows = await probe.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false)) seeded.Remove(rows.GetFieldValue<uint>(0));
        }
        return ChildrenFirst([.. tables.Select(t => t with { Seeded = seeded.Contains(t.Oid) })]);
    }

    static async Task<List<Sequence>> ReadSequencesAsync(NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
    {
        List<Sequence> names = [];
        await using (var command = new NpgsqlCommand(SqlText.Load("sequences"), connection) { Parameters = { Names(schemas) } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                names.Add(new(reader.GetFieldValue<uint>(0), reader.GetString(1), reader.GetString(2), 0, false));
        if (names.Count == 0) return names;
        var sql = string.Join(" union all ", names.Select((s, i) => $"select {i} as i, last_value, is_called from {s.Sql}"));
        await using var states = new NpgsqlCommand($"{sql} order by i", connection);
        await using var rows = await states.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<Sequence> sequences = [];
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            sequences.Add(names[rows.GetInt32(0)] with { LastValue = rows.GetInt64(1), IsCalled = rows.GetBoolean(2) });
        return sequences;
    }

    /// <summary>As text, and read no arrays either: for its first array Npgsql has hundreds of methods compiled, and a process would wait for
    /// that before its first lease.</summary>
    static NpgsqlParameter Names(string[] names)
        => new() { Value = $"{{{string.Join(',', names.Select(SqlText.Identifier))}}}", NpgsqlDbType = NpgsqlDbType.Unknown };

    /// <summary>Tables that refer to others come before them, so that DELETEs in this order satisfy foreign keys.</summary>
    static List<Table> ChildrenFirst(List<Table> tables)
    {
        var byOid = tables.ToDictionary(t => t.Oid);
        var (seen, ordered) = (new HashSet<uint>(), new List<Table>());
        void Visit(Table table)
        {
            if (!seen.Add(table.Oid)) return;
            foreach (var child in table.ReferencedBy) if (byOid.TryGetValue(child, out var other)) Visit(other);
            ordered.Add(table);
        }
        foreach (var table in tables) Visit(table);
        return ordered;
    }
}
