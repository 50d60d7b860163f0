using System.Diagnostics;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A lease: the unit that one test has to itself until it disposes of it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    readonly TestDatabases databases;
    readonly NamedConnections? named;
    readonly Lock gate = new();
    NpgsqlConnection? connection;
    NpgsqlTransaction? transaction;
    Task<LeaseReport>? returned;
    volatile bool ended;

    internal TestDatabase(TestDatabases databases, Unit unit, string testName, NamedConnections? named)
        => (this.databases, TakenUnit, TestName, this.named) = (databases, unit, testName, named);

    internal Unit TakenUnit { get; }

    internal bool HasEnded => ended;

    /// <summary>Whether the test has a connection string of its own, which outlives the lease as the lease's data source does not.</summary>
    internal bool MayGoOn => named?.IsAsked == true;

    internal long Since { get; } = Stopwatch.GetTimestamp();

    /// <summary>Name of the test that has the lease.</summary>
    public string TestName { get; }

    /// <summary>The unit's name: its schema, or at <see cref="TestIsolation.Database"/> its database.</summary>
    public string Unit => TakenUnit.Name;

    /// <summary>The <c>application_name</c> of the unit's sessions, by which the server's log and <c>pg_stat_activity</c> know them.</summary>
    public string ApplicationName => named?.ApplicationName ?? TakenUnit.Name;

    /// <summary>The schema that the test's tables are in.</summary>
    public string SchemaName => TakenUnit.Schema;

    /// <summary>Npgsql connection string whose search path is the unit, then the extensions. The same in all leases of a unit, so that
    /// pools of it stay warm, too, unless it has the test's name (<see cref="TestDatabasesOptions.NameConnections"/>).</summary>
    /// <exception cref="InvalidOperationException">At <see cref="TestIsolation.Transaction"/>, which has one connection; or after the return.</exception>
    public string ConnectionString => Shared(named?.ConnectionString ?? TakenUnit.ConnectionString, nameof(ConnectionString));

    /// <summary>The unit's own data source, which stays warm between leases, or with <see cref="TestDatabasesOptions.NameConnections"/> the
    /// lease's; it must not be disposed of.</summary>
    /// <exception cref="InvalidOperationException">At <see cref="TestIsolation.Transaction"/>, which has one connection; or after the return.</exception>
    public NpgsqlDataSource DataSource => Shared(named?.DataSource ?? TakenUnit.DataSource, nameof(DataSource));

    /// <summary>The one connection of a lease at <see cref="TestIsolation.Transaction"/>, in <see cref="Transaction"/>.</summary>
    /// <exception cref="InvalidOperationException">At another level.</exception>
    public NpgsqlConnection Connection => connection ?? throw NotTransaction(nameof(Connection));

    /// <summary>The transaction that the return of the lease rolls back. Nested ones are its savepoints
    /// (<see cref="NpgsqlTransaction.SaveAsync(string, CancellationToken)"/>, or <see cref="BeginNestedAsync"/>).</summary>
    /// <exception cref="InvalidOperationException">At another level.</exception>
    public NpgsqlTransaction Transaction => transaction ?? throw NotTransaction(nameof(Transaction));

    /// <summary>Begins a transaction within <see cref="Transaction"/>; disposing of it without a commit rolls it back.</summary>
    /// <exception cref="InvalidOperationException">At another level.</exception>
    public async Task<NestedTransaction> BeginNestedAsync(CancellationToken cancellationToken = default)
        => await NestedTransaction.BeginAsync(Transaction, cancellationToken).ConfigureAwait(false);

    /// <summary>Remembers the unit's committed rows and sequences under a name, until the lease ends.</summary>
    /// <exception cref="InvalidOperationException">At <see cref="TestIsolation.Transaction"/>; or after the return.</exception>
    public Task SnapshotAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OnControlAsync(nameof(SnapshotAsync), snapshots => snapshots.TakeAsync(name, false, cancellationToken), cancellationToken);
    }

    /// <summary>Brings back rows and sequences as they were at <see cref="SnapshotAsync"/>; tables that still have them are not touched.</summary>
    /// <exception cref="InvalidOperationException">At <see cref="TestIsolation.Transaction"/>; or after the return.</exception>
    /// <exception cref="PostgresTestingException">There is no such snapshot, the test has changed the schema, or an open transaction holds its tables.</exception>
    public Task RestoreAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OnControlAsync(nameof(RestoreAsync), snapshots => snapshots.RestoreAsync(name, false, cancellationToken), cancellationToken);
    }

    /// <summary>Tables whose committed rows differ from those that the lease began with, at <see cref="TestIsolation.Transaction"/> the
    /// uncommitted ones too. For the forensics of a failed test, before its return.</summary>
    public Task<IReadOnlyList<TableChange>> ChangesAsync(CancellationToken cancellationToken = default)
        => TakenUnit.ChangesAsync(connection, cancellationToken);

    /// <summary>Returns the unit, once, and says what was found. Does not throw for findings.</summary>
    public Task<LeaseReport> ReturnAsync()
    {
        ended = true;
        lock (gate) return returned ??= EndAsync();
    }

    /// <summary>Takes the unit out of use as the test left it, for somebody to look at, until the databases are disposed of.</summary>
    public Task<LeaseReport> KeepAsync()
    {
        ended = true;
        lock (gate) return returned ??= KeepCoreAsync();
    }

    /// <summary>Returns the unit. With a clean spare unit at hand the reset runs beside the next test.</summary>
    /// <exception cref="PostgresTestingException">Something was found that the options want to fail the test (<see cref="TestDatabasesOptions.FailOnLeak"/>, <see cref="TestAudit.Fail"/>).</exception>
    public async ValueTask DisposeAsync()
    {
        ended = true;
        if (returned is null) await databases.DisposeAsync(this).ConfigureAwait(false);
        else await returned.ConfigureAwait(false);
    }

    internal async Task BeginAsync(CancellationToken cancellationToken)
    {
        connection = await (named?.DataSource ?? TakenUnit.DataSource).OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
    }

    async Task<LeaseReport> EndAsync()
    {
        if (transaction is not null) await RollBackAsync().ConfigureAwait(false);
        // What lies in the pools of this name is no leak, and of no use to the next test.
        named?.Clear();
        try
        {
            return await databases.ReturnAsync(this).ConfigureAwait(false);
        }
        finally
        {
            if (named is not null) await named.DisposeAsync().ConfigureAwait(false);
        }
    }

    Task<LeaseReport> KeepCoreAsync()
    {
        named?.Clear();
        return Task.FromResult(databases.Keep(this));
    }

    async Task RollBackAsync()
    {
        try
        {
            await transaction!.DisposeAsync().ConfigureAwait(false);
            await connection!.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // A connection that is broken or busy: the reset ends its session and reports it.
        }
    }

    /// <summary>Asked again when its turn has come: the lease may have ended meanwhile, and the unit be another test's.</summary>
    Task OnControlAsync(string member, Func<Snapshots, Task> work, CancellationToken cancellationToken)
        => Shared(TakenUnit, member).ControlAsync(() => work(Shared(TakenUnit, member).Snapshots), cancellationToken);

    T Shared<T>(T value, string member)
    {
        ObjectDisposedException.ThrowIf(ended, this);
        return connection is null ? value : throw new InvalidOperationException(
            $"{member} is not to be had at TestIsolation.Transaction: the lease is one connection, in a transaction that nobody else can see. "
            + $"Use {nameof(Connection)}, or lease at TestIsolation.Schema.");
    }

    static InvalidOperationException NotTransaction(string member)
        => new($"{member} is there at TestIsolation.Transaction only. Use {nameof(DataSource)} or {nameof(ConnectionString)}.");
}
