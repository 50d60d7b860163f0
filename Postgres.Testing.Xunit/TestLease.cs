using System.Diagnostics;
using Xunit;

namespace Postgres.Testing.Xunit;

/// <summary>One test's lease from its first to its last moment: leased, timed, looked at when the test failed, returned, logged.</summary>
sealed class TestLease
{
    readonly PostgresFixture fixture;
    readonly TestSpan span;
    readonly TestRecord record;
    readonly long leased;
    readonly int statementsBefore;
    readonly Activity? body;

    TestLease(PostgresFixture fixture, TestSpan span, TestDatabase database, TestRecord record)
    {
        (this.fixture, this.span, this.record, Database) = (fixture, span, record, database);
        leased = Stopwatch.GetTimestamp();
        statementsBefore = span.Commands.Statements;
        body = span.Phase("body");
    }

    public TestDatabase Database { get; }

    public static async Task<TestLease> BeginAsync(PostgresFixture fixture, Type testClass, TestSpan span)
    {
        var context = TestContext.Current;
        var isolation = fixture.Settings.IsolationOf(testClass);
        var record = new TestRecord
        {
            Test = context.Test?.TestDisplayName ?? testClass.Name,
            Class = testClass.FullName,
            Outcome = "unknown",
            Worker = fixture.Lanes.Enter(),
            Thread = Environment.CurrentManagedThreadId,
            Start = DateTimeOffset.UtcNow,
            Isolation = isolation.ToString().ToLowerInvariant(),
        };
        fixture.Log?.Write(record with { Outcome = TestRunLog.Running });
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var phase = span.Phase("lease");
            var pool = await fixture.PoolAsync(isolation, context.CancellationToken).ConfigureAwait(false);
            var database = await pool.LeaseAsync(record.Test, context.CancellationToken).ConfigureAwait(false);
            return new(fixture, span, database, record with { Unit = database.SchemaName, LeaseWaitMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
        }
        catch
        {
            fixture.Lanes.Leave(record.Worker);
            throw;
        }
    }

    public async Task EndAsync()
    {
        body?.Dispose();
        var (bodyMs, context, (statements, connections)) = (Stopwatch.GetElapsedTime(leased).TotalMilliseconds, TestContext.Current, span.Commands);
        var outcome = context.TestState?.Result switch
        {
            TestResult.Passed => "passed",
            TestResult.Failed => "failed",
            TestResult.Skipped => "skipped",
            _ => "unknown",
        };
        var done = record with { BodyMs = bodyMs, Outcome = outcome, Statements = statements - statementsBefore, Connections = connections, Failures = context.TestState?.ExceptionMessages ?? [] };
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var phase = span.Phase("reset");
            if (outcome == "failed")
            {
                var report = await FailureReport.CollectAsync(Database, fixture.Kept.TryKeep(), CancellationToken.None).ConfigureAwait(false);
                done = done with { Forensics = report.ToString(), RowsWritten = report.Rows };
                context.TestOutputHelper?.WriteLine(report.ToString());
                if (report.Kept) return;
            }
            await Database.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            span.End(outcome, Database.SchemaName);
            fixture.Lanes.Leave(record.Worker);
            fixture.Log?.Write(done with { ResetMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
        }
    }
}
