using System.Diagnostics;
using Npgsql;
using Xunit;
using Xunit.v3;

namespace Postgres.Testing.Xunit;

/// <summary>One test's lease from its first to its last moment: leased, timed, looked at when the test failed, returned, logged.</summary>
sealed class TestLease : IAsyncDisposable
{
    const int Attempts = 3;

    readonly PostgresFixture fixture;
    readonly WorkerServer worker;
    readonly TestSpan span;
    readonly TestThreads threads;
    readonly TestLimit limit;
    readonly TestIsolation isolation;
    readonly TestRecord record;
    readonly long leased, logPosition;
    readonly Activity? body;

    TestLease(PostgresFixture fixture, WorkerServer worker, TestSpan span, TestThreads threads, TestDatabase database, TestIsolation isolation, Type testClass, TestRecord record)
    {
        (this.fixture, this.worker, this.span, this.threads, this.isolation, this.record, Database) = (fixture, worker, span, threads, isolation, record, database);
        logPosition = (worker.Server as EmbeddedPostgres)?.Log.Position ?? 0;
        leased = Stopwatch.GetTimestamp();
        limit = new(fixture.Settings.LimitOf(testClass), database, worker.Server, record.Test);
        body = span.Body();
    }

    public TestDatabase Database { get; }

    /// <summary>What the test's initialization or disposal failed with, of which xunit does not know yet.</summary>
    public Exception? Failure { get; set; }

    public static async Task<TestLease> BeginAsync(PostgresFixture fixture, Type testClass, TestSpan span, TestThreads threads)
    {
        var context = TestContext.Current;
        var isolation = fixture.Settings.IsolationOf(testClass);
        var record = new TestRecord
        {
            Test = context.Test?.TestDisplayName ?? testClass.Name,
            Class = testClass.FullName,
            Outcome = "unknown",
            Worker = PostgresFixture.Lanes.Enter(),
            Thread = Environment.CurrentManagedThreadId,
            Start = DateTimeOffset.UtcNow,
            Isolation = isolation.ToString().ToLowerInvariant(),
        };
        fixture.Log?.Write(record with { Outcome = TestRunLog.Running });
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var phase = span.Phase("lease");
            var (worker, database) = await LeaseAsync(fixture, isolation, record.Test, context.CancellationToken).ConfigureAwait(false);
            return new(fixture, worker, span, threads, database, isolation, testClass, record with { Unit = database.Unit, LeaseWaitMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
        }
        catch (Exception exception)
        {
            PostgresFixture.Lanes.Leave(record.Worker);
            fixture.Log?.Write(record with { Outcome = "failed", Failures = [exception.Message], LeaseWaitMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
            throw;
        }
    }

    // A server that died meanwhile is no fault of the test that begins.
    static async Task<(WorkerServer, TestDatabase)> LeaseAsync(PostgresFixture fixture, TestIsolation isolation, string test, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var worker = await fixture.WorkerAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var pool = await worker.PoolAsync(isolation, cancellationToken).ConfigureAwait(false);
                var database = await pool.LeaseAsync(test, cancellationToken).ConfigureAwait(false);
                if (!cancellationToken.IsCancellationRequested) return (worker, database);
                // xunit has reported the test, and neither waits for its end nor tells it again to stop.
                await database.ReturnAsync().ConfigureAwait(false);
                throw new OperationCanceledException(cancellationToken);
            }
            catch (Exception exception) when (attempt < Attempts && exception is NpgsqlException or PostgresTestingException)
            {
                if (await worker.FindFailureAsync().ConfigureAwait(false) is null) throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        body?.Dispose();
        var (bodyMs, state, (statements, connections)) = (Stopwatch.GetElapsedTime(leased).TotalMilliseconds, TestContext.Current.TestState, span.Commands);
        var outcome = Failure is null ? state?.Result.ToString().ToLowerInvariant() ?? "unknown"
            : Failure.Message.StartsWith(DynamicSkipToken.Value, StringComparison.Ordinal) ? "skipped" : "failed";
        IReadOnlyList<string> failures = [.. state?.ExceptionMessages ?? [], .. Failure is null || outcome == "skipped" ? (string[])[] : [Failure.Message]];
        var done = record with { BodyMs = bodyMs, Outcome = outcome, Statements = statements, Connections = connections, Failures = failures };
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var phase = span.Phase("reset");
            await limit.DisposeAsync().ConfigureAwait(false);
            var leftRunning = await threads.FindAsync().ConfigureAwait(false);
            var report = outcome == "failed"
                ? await FailureReport.OfFailedAsync(Database, isolation, fixture.Kept, worker.Server, logPosition, done.Failures).ConfigureAwait(false)
                : FailureReport.Of(await Database.ReturnAsync().ConfigureAwait(false));
            // Only a test that failed, or whose unit did not come back, can have lost its server.
            var lost = worker.IsGone || report.ResetFailed || outcome == "failed" ? await worker.FindFailureAsync().ConfigureAwait(false) : null;
            report = lost is not null ? FailureReport.OfLostServer(lost) : report.With([.. limit.Finding is { } cut ? (string[])[cut] : [], .. leftRunning]);
            done = done with { RowsWritten = report.Rows, Findings = report.Findings, Forensics = report.ToString() };
            if (done.Forensics.Length > 0) TestContext.Current.TestOutputHelper?.WriteLine(done.Forensics);
            // A test's own failure stays the one that is read, unless it is what came of a lost server or of its limit.
            var wasEnded = (lost ?? limit.Finding) is not null;
            var why = wasEnded ? report.Findings[0] : report.Fault;
            if (why is null || (outcome == "failed" && !wasEnded)) return;
            (outcome, done) = ("failed", done with { Outcome = "failed", Failures = [why, .. done.Failures] });
            throw new PostgresTestingException(why);
        }
        finally
        {
            span.End(outcome, Database.Unit);
            PostgresFixture.Lanes.Leave(record.Worker);
            fixture.Log?.Write(done with { ResetMs = Stopwatch.GetElapsedTime(begun).TotalMilliseconds });
            limit.Returned();
        }
    }
}
