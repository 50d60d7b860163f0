using Xunit;

namespace Postgres.Testing.Xunit;

/// <summary>Base of test classes: every test has a clean unit of its own in <see cref="Db"/>, returned when the test ends.</summary>
/// <remarks>When the test fails, its output says how to look at the unit, what the test changed in it, which SQL errors the server
/// logged for it and what it leaked; the unit is kept (the first few of a process, see
/// <see cref="PostgresTestsAttribute.KeepOnFailure"/>).</remarks>
public abstract class DatabaseTest : IAsyncLifetime
{
    readonly PostgresFixture fixture;
    readonly TestSpan span;
    readonly TestThreads threads;
    TestLease? lease;
    bool hasEnded;

    /// <summary>For the runner, which makes one instance per test.</summary>
    protected DatabaseTest(PostgresFixture databases)
    {
        ArgumentNullException.ThrowIfNull(databases);
        fixture = databases;
        // Here rather than in InitializeAsync: what a constructor puts into the execution context reaches the test.
        span = new(TestContext.Current.Test?.TestDisplayName ?? GetType().Name);
        threads = TestThreads.Begin();
    }

    /// <summary>The unit of the running test.</summary>
    /// <exception cref="InvalidOperationException">Used before <see cref="InitializeAsync"/> or after the test.</exception>
    protected TestDatabase Db => lease?.Database
        ?? throw new InvalidOperationException(hasEnded
            ? "The test has no database any more: it was returned when the test ended. Let the test wait for whatever uses Db, and an override of DisposeAsync call base.DisposeAsync() last."
            : "The test has no database yet: Db is there from InitializeAsync on (an override calls base.InitializeAsync() first).");

    /// <summary>Leases the unit. An override calls this first.</summary>
    public virtual async ValueTask InitializeAsync() => lease = await TestLease.BeginAsync(fixture, GetType(), span, threads).ConfigureAwait(false);

    /// <summary>Returns the unit, or keeps it when the test failed. An override calls this last.</summary>
    public virtual ValueTask DisposeAsync() => EndAsync(null);

    // xunit does not dispose of a test whose initialization failed; and an override that fails does not come to its last line.
    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        try
        {
            await InitializeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await EndQuietlyAsync(exception).ConfigureAwait(false);
            throw;
        }
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            await DisposeAsync().ConfigureAwait(false);
            await EndAsync(null).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await EndQuietlyAsync(exception).ConfigureAwait(false);
            throw;
        }
    }

    async ValueTask EndAsync(Exception? failure)
    {
        hasEnded = true;
        var ended = Interlocked.Exchange(ref lease, null);
        if (ended is not null)
        {
            ended.Failure = failure;
            await ended.DisposeAsync().ConfigureAwait(false);
        }
        span.Dispose();
    }

    /// <summary>What else goes wrong must not hide why the test failed; the report has it.</summary>
    async ValueTask EndQuietlyAsync(Exception failure)
    {
        try
        {
            await EndAsync(failure).ConfigureAwait(false);
        }
        catch (Exception)
        {
        }
    }
}
