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

    bool AreRowsKnown { get; init; } = true;

    /// <summary>Whether the unit could not be reset, for whatever reason.</summary>
    public bool ResetFailed { get; private init; }

    /// <summary>What the options want a test to fail for that has not failed itself; null for nothing.</summary>
    public string? Fault { get; private init; }

    /// <summary>Of a test whose server went away under it: that is all there is to say.</summary>
    public static FailureReport OfLostServer(string reason)
        => new() { Findings = [$"The PostgreSQL server went away during this test: {reason}. The tests that follow get another one."] };

    /// <summary>Of a test that did not fail.</summary>
    public static FailureReport Of(LeaseReport lease) => new()
    {
        ResetFailed = lease.ResetFailed,
        Fault = lease.Fault,
        Rows = Counts(lease.Changes, lease.Unit),
        Findings = [.. lease.Leaks.Select(Text), .. lease.Escapes.Select(escape => $"escaped from the test: {escape}")],
    };

    /// <summary>Looks at the unit of a failed test, and returns it unless it is to be kept. Whatever goes wrong here becomes a line
    /// of the report: the test's own failure must stay the one that is read.</summary>
    public static async Task<FailureReport> OfFailedAsync(TestDatabase database, TestIsolation isolation, KeptUnits units, PostgresServer server, long logPosition,
        IReadOnlyList<string> failures)
    {
        // The unit may be another test's by now.
        if (database.HasEnded) return Of(await database.ReturnAsync().ConfigureAwait(false));
        // What a transaction did is gone with it: there is nothing to keep, and nothing that another session could look at.
        var shared = isolation != TestIsolation.Transaction;
        var psql = shared ? PsqlLine.For(database.ConnectionString) : null;
        var errors = await ErrorsAsync(database, server, logPosition).ConfigureAwait(false);
        // A unit that helped to fill the place of the data must not stay there.
        var limit = ResourceLimits.Find([.. failures, .. errors], server);
        var keep = shared && limit is null && units.TryKeep();
        IReadOnlyList<TableChange> changes = [];
        string[] unread = [];
        try
        {
            changes = await database.ChangesAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or PostgresTestingException or InvalidOperationException)
        {
            // The server is gone, or the test's transaction has failed, or it has dropped a table. Its unit goes back all the same.
            unread = [$"the unit could not be read: {exception.Message}"];
        }
        var lease = await (keep ? database.KeepAsync() : database.ReturnAsync()).ConfigureAwait(false);
        var report = Of(lease) with { Rows = Counts(changes, lease.Unit), AreRowsKnown = unread.Length == 0 };
        var what = keep ? "kept" : limit is not null ? "reset" : shared ? "reset: as many units as allowed are kept already" : "rolled back";
        return (report with { Psql = psql, ServerErrors = errors, Unit = $"{database.Unit} ({what})" }).With([.. unread, .. limit is null ? (string[])[] : [$"a limit was reached: {limit}"]]);
    }

    /// <summary>The same, with more to tell before what it tells.</summary>
    public FailureReport With(IReadOnlyList<string> findings) => findings.Count == 0 ? this : this with { Findings = [.. findings, .. Findings] };

    public override string ToString()
    {
        var text = new StringBuilder();
        if (Unit is not null)
        {
            text.AppendLine($"── database of this test: {Unit}");
            if (Psql is not null) text.AppendLine(Psql);
            if (Rows.Count == 0 && AreRowsKnown) text.AppendLine("rows: no table was changed");
            foreach (var (table, rows) in Rows) text.AppendLine(rows == 0 ? $"rows: {table} changed, as many as before" : $"rows: {table} {rows:+0;-0}");
            foreach (var error in ServerErrors) text.AppendLine($"server: {error}");
        }
        foreach (var finding in Findings) text.AppendLine($"found: {finding}");
        return text.ToString().TrimEnd();
    }

    static Dictionary<string, long> Counts(IReadOnlyList<TableChange> changes, string unit)
        => changes.ToDictionary(change => InUnit(change.Table, unit), change => change.Rows);

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
        var entries = await log.ReadEntriesAsync(database.ApplicationName, logPosition, CancellationToken.None).ConfigureAwait(false);
        return [.. entries.Where(entry => Errors.Contains(entry.Severity)).Select(entry => $"{entry.Severity} {entry.SqlState}: {entry.Message.Replace("\n", "\n        ")}")];
    }
}
