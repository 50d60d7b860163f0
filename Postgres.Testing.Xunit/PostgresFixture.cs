using Xunit;

namespace Postgres.Testing.Xunit;

/// <summary>Assembly fixture: one server and one pool of units for all tests of the worker process.</summary>
public abstract class PostgresFixture : IAsyncLifetime
{
    PostgresServer? server;
    TestDatabases? databases;

    /// <summary>How the units are made.</summary>
    protected abstract TestDatabasesOptions Options { get; }

    /// <summary>The units of this worker.</summary>
    public TestDatabases Databases => databases ?? throw new InvalidOperationException("The fixture has not been initialized by xunit.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        server = await EmbeddedPostgres.StartAsync(cancellationToken: TestContext.Current.CancellationToken).ConfigureAwait(false);
        databases = await TestDatabases.CreateAsync(server, Options, TestContext.Current.CancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (databases is not null) await databases.DisposeAsync().ConfigureAwait(false);
        if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }
}
