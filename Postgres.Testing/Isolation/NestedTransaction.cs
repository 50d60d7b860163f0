using Npgsql;

namespace Postgres.Testing;

/// <summary>A transaction within the transaction of a lease: a savepoint.</summary>
public sealed class NestedTransaction : IAsyncDisposable
{
    static long made;
    readonly NpgsqlTransaction outer;
    readonly string savepoint = $"nested_{Interlocked.Increment(ref made)}";
    bool ended;

    NestedTransaction(NpgsqlTransaction outer) => this.outer = outer;

    internal static async Task<NestedTransaction> BeginAsync(NpgsqlTransaction outer, CancellationToken cancellationToken)
    {
        var nested = new NestedTransaction(outer);
        await outer.SaveAsync(nested.savepoint, cancellationToken).ConfigureAwait(false);
        return nested;
    }

    /// <summary>Keeps what was done, as far as the outer transaction does.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        await outer.ReleaseAsync(savepoint, cancellationToken).ConfigureAwait(false);
        ended = true;
    }

    /// <summary>Undoes what was done since the beginning.</summary>
    public async Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        await outer.RollbackAsync(savepoint, cancellationToken).ConfigureAwait(false);
        await outer.ReleaseAsync(savepoint, cancellationToken).ConfigureAwait(false);
        ended = true;
    }

    /// <summary>Rolls back, unless it was ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!ended) await RollbackAsync().ConfigureAwait(false);
    }
}
