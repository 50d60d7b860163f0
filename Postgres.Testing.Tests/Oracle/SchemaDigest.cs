using System.Text.RegularExpressions;
using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>What <c>pg_dump</c> says of schemas, as lines that can be compared: catalogue, sequences and rows, without their names.</summary>
static class SchemaDigest
{
    /// <summary>Reads a unit that is one schema.</summary>
    public static Task<string[]> ReadAsync(NpgsqlConnection connection, string schema, CancellationToken token) => ReadAsync(connection, [schema], token);

    /// <summary>Reads a unit that is a database: all schemas but the server's, the extension's and the engine's.</summary>
    public static async Task<string[]> ReadDatabaseAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("""
            select array(select nspname::text from pg_namespace
                where nspname !~ '^pg_' and nspname not in ('information_schema', 'extensions', 'postgres_testing') order by 1)
            """, connection);
        var lines = await ReadAsync(connection, (string[])(await command.ExecuteScalarAsync(token))!, token);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(DigestQueries.Database) } };
        List<string> wide = [];
        await AddAsync(batch, wide, token);
        return [.. lines, .. wide];
    }

    public static string Difference(string[] fresh, string[] recycled)
        => string.Join('\n', [.. fresh.Except(recycled).Select(l => "- " + l), .. recycled.Except(fresh).Select(l => "+ " + l)]);

    static async Task<string[]> ReadAsync(NpgsqlConnection connection, string[] schemas, CancellationToken token)
    {
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, token);
        // As pg_dump does: names in full, values in one notation.
        await NastySchema.RunAsync(connection, "set local search_path = ''; set local timezone = 'UTC'; set local row_security = off", token);
        List<string> lines = [];
        await using (var batch = new NpgsqlBatch(connection))
        {
            foreach (var query in DigestQueries.Catalogue)
                batch.BatchCommands.Add(new(query) { Parameters = { new() { Value = schemas } } });
            await AddAsync(batch, lines, token);
        }
        await using (var command = new NpgsqlCommand(DigestQueries.Relations, connection) { Parameters = { new() { Value = schemas } } })
        await using (var batch = new NpgsqlBatch(connection))
        {
            await using (var reader = await command.ExecuteReaderAsync(token))
                while (await reader.ReadAsync(token)) batch.BatchCommands.Add(new(DigestQueries.Contents(reader.GetString(0), reader.GetString(1))));
            if (batch.BatchCommands.Count > 0) await AddAsync(batch, lines, token);
        }
        return schemas is [var only] ? [.. lines.Select(l => Regex.Replace(l, $@"(?<![\w]){Regex.Escape(only)}(?![\w])", "unit")).Order(StringComparer.Ordinal)]
            : [.. lines.Order(StringComparer.Ordinal)];
    }

    static async Task AddAsync(NpgsqlBatch batch, List<string> lines, CancellationToken token)
    {
        await using var reader = await batch.ExecuteReaderAsync(token);
        do
        {
            while (await reader.ReadAsync(token)) lines.Add(reader.GetString(0));
        }
        while (await reader.NextResultAsync(token));
    }
}
