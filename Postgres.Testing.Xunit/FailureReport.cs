using System.Text;
using Npgsql;

namespace Postgres.Testing.Xunit;

/// <summary>What the output of a test says about its database: everything when the test failed, else what it left behind.</summary>
sealed record FailureReport
{
    static readonly string[] Errors = ["ERROR", "FATAL", "PANIC"];

    public IReadOnlyDictionary<string, long> Rows { get; private init; } = new Dictionary<string, long>();
    public IReadOnlyList<string> Findings { get; private init; } = [];
    string? Psql { get; init; }
    string? Unit { get; init; }
    IReadOnlyList<string> ServerErrors { get; init; } = [];

    /// <summary>Of a test that did not fail.</summary>
    public static FailureReport Of(LeaseReport lease) => new()
    {
        Rows = lease.Changes.ToDictionary(change => InUnit(change.Table, lease.Unit), change => change.Rows),
        Findings = [.. lease.Leaks.Select(Text), .. lease.Escapes.Select(escape => $"escaped from the test: {escape}")],
    };

    /// <summary>Looks at the unit of a failed test, and returns it unless it is to be kept. Whatever goes wrong here becomes a line
    /// of the report: the test's own failure must stay the one that is read.</summary>
    public static async Task<FailureReport> OfFailedAsync(TestDatabase database, bool keep, PostgresServer server, long logPosition)
    {
        var psql = PsqlLine.For(database.ConnectionString);
        var errors = await ErrorsAsync(database, server, logPosition).ConfigureAwait(false);
        FailureReport report;
        try
        {
            report = keep ? new() { Rows = await CountRowsAsync(database).ConfigureAwait(false) } : Of(await database.ReturnAsync().ConfigureAwait(false));
        }
        catch (NpgsqlException exception)
        {
            report = new() { Findings = [$"the unit could not be read: {exception.Message}"] };
        }
        return report with { Psql = psql, ServerErrors = errors, Unit = $"{database.SchemaName} {(keep ? "(kept)" : "(reset: as many units as allowed are kept already)")}" };
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        if (Unit is not null)
        {
            text.AppendLine($"── database of this test: {Unit}").AppendLine(Psql);
            if (Rows.Count == 0) text.AppendLine("rows: no table was changed");
            foreach (var (table, rows) in Rows) text.AppendLine($"rows: {table} {rows:+0;-0;0}");
            foreach (var error in ServerErrors) text.AppendLine($"server: {error}");
        }
        foreach (var finding in Findings) text.AppendLine($"found: {finding}");
        return text.ToString().TrimEnd();
    }

    // "unit"."table" is the table's name outside of the unit, table is what the test calls it.
    static string InUnit(string table, string unit)
    {
        var name = table.StartsWith($"\"{unit}\".", StringComparison.Ordinal) ? table[(unit.Length + 3)..]
            : table.StartsWith($"{unit}.", StringComparison.Ordinal) ? table[(unit.Length + 1)..] : table;
        var inner = name.Trim('"');
        return inner.All(letter => letter is '_' or (>= 'a' and <= 'z') or (>= '0' and <= '9')) ? inner : name;
    }

    static string Text(LeakedSession leak) => $"left a session {leak.State} (process {leak.ProcessId}), it was ended: {leak.Query}";

    static async Task<IReadOnlyList<string>> ErrorsAsync(TestDatabase database, PostgresServer server, long logPosition)
    {
        if (server is not EmbeddedPostgres { Log: var log }) return [];
        var name = new NpgsqlConnectionStringBuilder(database.ConnectionString).ApplicationName;
        var entries = await log.ReadEntriesAsync(name, logPosition, CancellationToken.None).ConfigureAwait(false);
        return [.. entries.Where(entry => Errors.Contains(entry.Severity)).Select(entry => $"{entry.Severity} {entry.SqlState}: {entry.Message.Replace("\n", "\n        ")}")];
    }

    static async Task<IReadOnlyDictionary<string, long>> CountRowsAsync(TestDatabase database)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync().ConfigureAwait(false);
        await using var command = new NpgsqlCommand("""
            select table_name, (xpath('/row/count/text()', query_to_xml(format('select count(*) from %I.%I', table_schema, table_name), false, true, '')))[1]::text::bigint
            from information_schema.tables where table_schema = $1 and table_type = 'BASE TABLE' order by table_name
            """, connection)
        { Parameters = { new() { Value = database.SchemaName } } };
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        var rows = new Dictionary<string, long>();
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            if (reader.GetInt64(1) is not 0 and var count) rows[reader.GetString(0)] = count;
        }
        return rows;
    }
}
