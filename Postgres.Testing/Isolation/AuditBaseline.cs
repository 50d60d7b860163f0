using Npgsql;

namespace Postgres.Testing;

/// <summary>What is known to be on the server beside the units; a return whose mark differs looks for what is new.</summary>
/// <param name="listsDdl">Whether to list what event triggers would have noted.</param>
/// <param name="listsLocal">Whether to list what is of one database alone: where units are databases, it is theirs.</param>
sealed class AuditBaseline(bool listsDdl, bool listsLocal) : IDisposable
{
    readonly SemaphoreSlim gate = new(1);
    long mark = long.MinValue;
    HashSet<string> known = [];

    /// <summary>What appeared, changed or went since the last look. The first look finds nothing.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(NpgsqlConnection connection, long? seen, CancellationToken cancellationToken)
    {
        if (seen is null || seen == Volatile.Read(ref mark)) return [];
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using var command = new NpgsqlCommand(
                "with m as materialized (select postgres_testing.audit_mark() as mark) select mark, item from m left join postgres_testing.audit_list($1, $2) item on true", connection)
            { Parameters = { new() { Value = listsDdl }, new() { Value = listsLocal } } };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var (before, first, now) = (known, mark == long.MinValue, 0L);
            known = [];
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                now = reader.GetInt64(0);
                if (!reader.IsDBNull(1)) known.Add(reader.GetString(1));
            }
            Volatile.Write(ref mark, now);
            return first ? [] : [.. known.Except(before).Order(StringComparer.Ordinal), .. before.Except(known).Order(StringComparer.Ordinal).Select(gone => $"{gone} (gone)")];
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();
}
