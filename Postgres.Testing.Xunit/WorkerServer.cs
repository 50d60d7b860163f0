using System.Collections.Concurrent;
using Npgsql;

namespace Postgres.Testing.Xunit;

/// <summary>A server of a worker process and the units on it; when the server dies, all of it is replaced.</summary>
sealed class WorkerServer(PostgresServer server, TestDatabasesOptions options, bool ownsServer) : IAsyncDisposable
{
    readonly ConcurrentDictionary<TestIsolation, Lazy<Task<TestDatabases>>> pools = [];
    volatile string? failure;

    public PostgresServer Server => server;

    /// <summary>Whether the server ends with it.</summary>
    public bool OwnsServer => ownsServer;

    /// <summary>Units at the level of the options.</summary>
    public TestDatabases Databases { get; private set; } = null!;

    /// <summary>Set by whoever wants its memory watched.</summary>
    public MemoryWatch? Memory { get; init; }

    /// <summary>Whether the server is known to be gone, without asking it.</summary>
    public bool IsGone => failure is not null || server is EmbeddedPostgres { IsRunning: false };

    public async Task FillAsync(CancellationToken cancellationToken)
        => Databases = await PoolAsync(options.Isolation, cancellationToken).ConfigureAwait(false);

    public async Task<TestDatabases> PoolAsync(TestIsolation isolation, CancellationToken cancellationToken)
    {
        var pool = pools.GetOrAdd(isolation, level => new(() => TestDatabases.CreateAsync(server, options with { Isolation = level }, CancellationToken.None)));
        try
        {
            return await pool.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch when (pool.Value.IsFaulted)
        {
            pools.TryRemove(new(isolation, pool)); // the next test gets a try of its own
            throw;
        }
    }

    /// <summary>Why the server no longer serves; null while it does.</summary>
    public async Task<string?> FindFailureAsync() => failure ??= await server.FindFailureAsync().ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (Memory is not null) await Memory.DisposeAsync().ConfigureAwait(false);
        try
        {
            foreach (var pool in pools.Values)
            {
                if (pool.Value.IsCompletedSuccessfully)
                    await (await pool.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (IsGone && exception is NpgsqlException or PostgresTestingException)
        {
            // There is nothing left to drop: the tests that lost their units have said so.
        }
        finally
        {
            if (ownsServer) await server.DisposeAsync().ConfigureAwait(false);
        }
    }
}
