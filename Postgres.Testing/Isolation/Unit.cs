using System.Diagnostics;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A schema that is leased, reset and leased again, with its warm data source and its control session.</summary>
sealed class Unit(string name, NpgsqlDataSource dataSource, NpgsqlConnection control, ResetFunction function, Catalogue catalogue) : IAsyncDisposable
{
    readonly NpgsqlCommand reset = new($"select state, detail, pids, changed, row_counts from {function.Name}()", control);
    readonly Dictionary<uint, string> tableNames = catalogue.Tables.ToDictionary(t => t.Oid, t => t.Sql);

    public string Name => name;

    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>Resets what the test changed; a report with <see cref="LeaseReport.TaintedBy"/> says that it could not.</summary>
    public async Task<LeaseReport> ResetAsync(string testName, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        List<LeakedSession> leaks = [];
        for (var attempt = 1; ; attempt++)
        {
            var (state, detail, pids, changes) = await CallAsync(cancellationToken).ConfigureAwait(false);
            if (state == "leaked" && attempt < 4)
            {
                leaks.AddRange(await EndSessionsAsync(pids, cancellationToken).ConfigureAwait(false));
                continue;
            }
            return new()
            {
                TestName = testName,
                Unit = name,
                Changes = changes,
                Leaks = leaks,
                TaintedBy = state == "clean" ? null : detail ?? "sessions of the test that could not be ended",
                RoundTrips = attempt + (leaks.Count > 0 ? 1 : 0),
                Duration = Stopwatch.GetElapsedTime(started),
            };
        }
    }

    async Task<(string State, string? Detail, int[] Pids, IReadOnlyList<TableChange> Changes)> CallAsync(CancellationToken cancellationToken)
    {
        if (!reset.IsPrepared) await reset.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await using var reader = await reset.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TableChange> changes = [];
        if (!reader.IsDBNull(3))
        {
            var rows = reader.GetFieldValue<long[]>(4);
            changes = [.. reader.GetFieldValue<uint[]>(3).Select((oid, i) => new TableChange(tableNames[oid], rows[i]))];
        }
        return (reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1),
            reader.IsDBNull(2) ? [] : reader.GetFieldValue<int[]>(2), changes);
    }

    async Task<List<LeakedSession>> EndSessionsAsync(int[] pids, CancellationToken cancellationToken)
    {
        // Before the sessions end: an idle connection that the pool lent out afterwards would be a broken one.
        dataSource.Clear();
        await using var command = new NpgsqlCommand("""
            select pid, application_name, coalesce(state, ''), coalesce(query, ''), pg_terminate_backend(pid, 5000)
            from pg_stat_activity where pid = any($1)
            """, control) { Parameters = { new() { Value = pids } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<LeakedSession> leaks = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            leaks.Add(new(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return leaks;
    }

    /// <summary>Drops the schema and what the engine keeps for it.</summary>
    public async Task DropAsync(CancellationToken cancellationToken)
    {
        dataSource.Clear();
        await using var command = new NpgsqlCommand($"""
            drop schema if exists {SqlText.Identifier(name)} cascade;
            {function.Removal()}
            delete from postgres_testing.ddl where unit = {SqlText.Literal(name)} or schema = {SqlText.Literal(name)};
            """, control);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await reset.DisposeAsync().ConfigureAwait(false);
        await dataSource.DisposeAsync().ConfigureAwait(false);
        await control.DisposeAsync().ConfigureAwait(false);
    }
}
