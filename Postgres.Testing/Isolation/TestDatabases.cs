namespace Postgres.Testing;

/// <summary>Leases clean units of one server to tests.</summary>
public sealed class TestDatabases : IAsyncDisposable
{
    readonly TestDatabasesOptions options;
    readonly UnitFactory factory;
    readonly SemaphoreSlim places;
    readonly System.Collections.Concurrent.ConcurrentStack<Unit> clean = new();

    TestDatabases(UnitFactory factory, TestDatabasesOptions options)
    {
        (this.factory, this.options) = (factory, options);
        places = new(options.Workers);
    }

    /// <summary>Prepares the units of <paramref name="server"/>.</summary>
    public static async Task<TestDatabases> CreateAsync(PostgresServer server, TestDatabasesOptions options, CancellationToken cancellationToken = default)
    {
        var databases = new TestDatabases(await UnitFactory.CreateAsync(server, options, cancellationToken).ConfigureAwait(false), options);
        databases.clean.Push(await databases.factory.MakeAsync(cancellationToken).ConfigureAwait(false));
        return databases;
    }

    /// <summary>Leases a clean unit; disposing of the lease returns it.</summary>
    /// <param name="testName">Name of the test, for messages.</param>
    /// <param name="cancellationToken">Ends the wait for a unit.</param>
    public async Task<TestDatabase> LeaseAsync(string testName, CancellationToken cancellationToken = default)
    {
        await places.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new(this, clean.TryPop(out var unit) ? unit : await factory.MakeAsync(cancellationToken).ConfigureAwait(false), testName);
    }

    internal async Task<LeaseReport> ReturnAsync(Unit unit, string testName)
    {
        try
        {
            var report = await unit.ResetAsync(testName, CancellationToken.None).ConfigureAwait(false);
            if (report.TaintedBy is null) clean.Push(unit);
            else await DropAsync(unit).ConfigureAwait(false);
            return report;
        }
        finally
        {
            places.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (clean.TryPop(out var unit)) await DropAsync(unit).ConfigureAwait(false);
        await factory.DisposeAsync().ConfigureAwait(false);
        places.Dispose();
    }

    static async Task DropAsync(Unit unit)
    {
        await unit.DropAsync(CancellationToken.None).ConfigureAwait(false);
        await unit.DisposeAsync().ConfigureAwait(false);
    }
}
