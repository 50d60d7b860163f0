using Npgsql;

namespace Postgres.Testing;

/// <summary>One answer of a reset function.</summary>
sealed record ResetResult(string State, string? Detail, int?[] Pids, uint[] Changed, long?[] Rows, string[] Escapes, long? AuditMark)
{
    public static async Task<ResetResult> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), Array<int?>(reader, 2), Array<uint>(reader, 3),
            Array<long?>(reader, 4), Array<string>(reader, 5), reader.IsDBNull(6) ? null : reader.GetInt64(6));
    }

    static T[] Array<T>(NpgsqlDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? [] : reader.GetFieldValue<T[]>(ordinal);
}
