using System.Diagnostics;
using Xunit;

namespace Postgres.Testing.Xunit;

/// <summary>One test's lease from its first to its last moment: leased, timed, looked at when the test failed, returned, logged.</summary>
sealed class TestLease
{
    readonly PostgresFixture fixture;
    readonly TestSpan span;
    readonly TestIsolation isolation;
    readonly TestRecord record;
    readonly long leased, logPosition;
    readonly Activity? body;

    TestLease(PostgresFixture fixture, TestSpan span, TestDatabase database, TestIsolation isolation, TestRecord record)
    {
        (this.fixture, this.span, this.isolation, this.record, Database) = (fixture, span, isolation, record, database);
        logPosition = (fixture.Server as EmbeddedPostgres)?.Log.Position ?? 0;
        leased = Stopwatch.GetTimestamp();
        body = span.Body();
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
            return new(fixture, span, database, isolation, record with { Unit = database.Unit, LeaseWaitMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
        }
        catch (Exception exception)
        {
            fixture.Lanes.Leave(record.Worker);
            fixture.Log?.Write(record with { Outcome = "failed", Failures = [exception.Message], LeaseWaitMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
            throw;
        }
    }

    public async Task EndAsync()
    {
        body?.Dispose();
        var (bodyMs, state, (statements, connections)) = (Stopwatch.GetElapsedTime(leased).TotalMilliseconds, TestContext.Current.TestState, span.Commands);
        var outcome = state?.Result.ToString().ToLowerInvariant() ?? "unknown";
        var done = record with { BodyMs = bodyMs, Outcome = outcome, Statements = statements, Connections = connections, Failures = state?.ExceptionMessages ?? [] };
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var phase = span.Phase("reset");
            var report = outcome == "failed"
                ? await FailureReport.OfFailedAsync(Database, isolation, fixture.Kept, fixture.Server, logPosition).ConfigureAwait(false)
                : FailureReport.Of(await Database.ReturnAsync().ConfigureAwait(false));
            done = done with { RowsWritten = report.Rows, Findings = report.Findings, Forensics = report.ToString() };
            if (done.Forensics.Length > 0) TestContext.Current.TestOutputHelper?.WriteLine(done.Forensics);
        }
        finally
        {
            span.End(outcome, Database.Unit);
            fixture.Lanes.Leave(record.Worker);
            fixture.Log?.Write(done with { ResetMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
        }
    }
}
