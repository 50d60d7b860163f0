using Npgsql;

namespace Postgres.Testing;

/// <summary>A table of a unit. "Remembers dead rows": an index of it answers differently for the sake of dead entries.</summary>
sealed record Table(uint Oid, string Schema, string Name, bool IsPartitioned, uint Toast, bool RemembersDeadRows,
    uint[] ReferencedBy, uint[] Parents, string[] Columns)
{
    public string Sql { get; } = $"{SqlText.Identifier(Schema)}.{SqlText.Identifier(Name)}";

    /// <summary>Whether the unit's seed left rows in it.</summary>
    public bool Seeded { get; init; }
}

/// <summary>A sequence of a unit with its recorded state.</summary>
sealed record Sequence(uint Oid, string Schema, string Name, long LastValue, bool IsCalled)
{
    public string Sql { get; } = $"{SqlText.Identifier(Schema)}.{SqlText.Identifier(Name)}";
}

/// <summary>What a migrated and seeded unit consists of.</summary>
sealed record Catalogue(IReadOnlyList<Table> Tables, IReadOnlyList<Sequence> Sequences)
{
    public static async Task<Catalogue> ReadAsync(NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
        => new(await ReadTablesAsync(connection, schemas, cancellationToken).ConfigureAwait(false),
            await ReadSequencesAsync(connection, schemas, cancellationToken).ConfigureAwait(false));

    static async Task<List<Table>> ReadTablesAsync(NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
    {
        List<Table> tables = [];
        await using (var command = new NpgsqlCommand(SqlText.Load("tables"), connection) { Parameters = { new() { Value = schemas } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                tables.Add(new(reader.GetFieldValue<uint>(0), reader.GetString(1), reader.GetString(2), reader.GetString(3) == "p",
                    reader.GetFieldValue<uint>(4), reader.GetBoolean(5), reader.GetFieldValue<uint[]>(6),
                    reader.GetFieldValue<uint[]>(7), reader.GetFieldValue<string[]>(8)));
        var plain = tables.Where(t => !t.IsPartitioned).ToList();
        if (plain.Count == 0) return tables;
        var sql = string.Join(" union all ", plain.Select(t => $"select {t.Oid}::oid where exists (select from only {t.Sql})"));
        await using var probe = new NpgsqlCommand($"select array({sql})", connection);
        var seeded = ((uint[])(await probe.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!).ToHashSet();
        return [.. tables.Select(t => t with { Seeded = seeded.Contains(t.Oid) })];
    }

    static async Task<List<Sequence>> ReadSequencesAsync(NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
    {
        List<Sequence> names = [];
        await using (var command = new NpgsqlCommand(SqlText.Load("sequences"), connection) { Parameters = { new() { Value = schemas } } })
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
}
