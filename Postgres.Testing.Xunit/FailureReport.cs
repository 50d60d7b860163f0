using System.Text;
using Npgsql;

namespace Postgres.Testing.Xunit;

/// <summary>What the output of a failed test says about its database.</summary>
sealed record FailureReport(string Psql, bool Kept, string Unit, IReadOnlyDictionary<string, long> Rows, IReadOnlyList<string> Errors)
{
    public static async Task<FailureReport> CollectAsync(TestDatabase database, bool keep, CancellationToken cancellationToken)
    {
        var psql = PsqlLine.For(database.ConnectionString);
        try
        {
            return new(psql, keep, database.SchemaName, await CountRowsAsync(database, cancellationToken).ConfigureAwait(false), []);
        }
        catch (NpgsqlException exception)
        {
            // The server may be what failed; the test's own failure must stay the one that is read.
            return new(psql, keep, database.SchemaName, new Dictionary<string, long>(), [$"(the unit could not be read: {exception.Message})"]);
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine($"── database of this test: {Unit} {(Kept ? "(kept)" : "(returned: as many units as allowed are kept already)")}").AppendLine(Psql);
        if (Rows.Count == 0) text.AppendLine("rows: no table was changed");
        foreach (var (table, rows) in Rows) text.AppendLine($"rows: {table} {rows:+0;-0;0}");
        foreach (var error in Errors) text.AppendLine($"server: {error}");
        return text.ToString().TrimEnd();
    }

    static async Task<IReadOnlyDictionary<string, long>> CountRowsAsync(TestDatabase database, CancellationToken cancellationToken)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("""
            select table_name, (xpath('/row/count/text()', query_to_xml(format('select count(*) from %I.%I', table_schema, table_name), false, true, '')))[1]::text::bigint
            from information_schema.tables where table_schema = $1 and table_type = 'BASE TABLE' order by table_name
            """, connection)
        { Parameters = { new() { Value = database.SchemaName } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var rows = new Dictionary<string, long>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (reader.GetInt64(1) is not 0 and var count) rows[reader.GetString(0)] = count;
        }
        return rows;
    }
}
