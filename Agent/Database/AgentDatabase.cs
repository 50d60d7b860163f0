using Agent.Memory;
using Agent.Models;
using Npgsql;

namespace Agent.Database;

/// <summary>The agent's tables in one schema of one database: its configuration and its pool of connections.</summary>
public sealed class AgentDatabase : IAsyncDisposable
{
    /// <summary>Role that the migrations make for logins which row-level security cannot bind.</summary>
    public const string RestrictedRole = "career_agent";

    readonly bool ownsDataSource;
    readonly SemaphoreSlim probing = new(1);
    readonly SemaphoreSlim turns;
    volatile DatabaseCapabilities? capabilities;
    volatile VectorTable? vectorTable;

    /// <param name="config">Where the tables are.</param>
    /// <param name="dataSource">A data source that is already open on that schema (a lease's); null makes one of its own.</param>
    /// <param name="capabilities">What a sibling on the same server has found out already; null asks the server at first use.</param>
    public AgentDatabase(DatabaseConfig config, NpgsqlDataSource? dataSource = null, DatabaseCapabilities? capabilities = null)
    {
        Config = config;
        ownsDataSource = dataSource is null;
        DataSource = dataSource ?? Make(config);
        turns = new(Math.Max(1, config.MaxPoolSize * 3 / 4));
        this.capabilities = capabilities;
    }

    public DatabaseConfig Config { get; }

    public NpgsqlDataSource DataSource { get; }

    /// <summary>Opens a connection whose every batch is bound to <paramref name="userId"/> by row-level security.</summary>
    public async ValueTask<UserConnection> OpenAsync(Guid userId, CancellationToken cancellationToken)
    {
        var found = await GetCapabilitiesAsync(cancellationToken);
        return new(await DataSource.OpenConnectionAsync(cancellationToken), found, ("agent.user_id", userId.ToString()));
    }

    /// <summary>Opens a connection that is held for as long as a model thinks. Three quarters of the pool serve these, in turn: the
    /// quick requests of everybody else need the others.</summary>
    /// <returns>The connection; null when none came free within <paramref name="wait"/>. Whoever gets one calls <see cref="EndTurn"/>.</returns>
    internal async ValueTask<UserConnection?> TryOpenTurnAsync(Guid userId, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (!await turns.WaitAsync(wait, cancellationToken))
            return null;
        try
        {
            return await OpenAsync(userId, cancellationToken);
        }
        catch
        {
            EndTurn();
            throw;
        }
    }

    internal void EndTurn() => turns.Release();

    /// <summary>Opens a connection for what happens before the user is known: it sees the rows that <paramref name="setting"/> names.</summary>
    /// <param name="setting"><c>agent.key_prefix</c> or <c>agent.email</c>: what the policies of <c>api_keys</c> and <c>users</c> look at.</param>
    /// <param name="value">The prefix or the email.</param>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    internal async ValueTask<UserConnection> OpenAnonymousAsync(string setting, string value, CancellationToken cancellationToken)
    {
        var found = await GetCapabilitiesAsync(cancellationToken);
        return new(await DataSource.OpenConnectionAsync(cancellationToken), found, (setting, value));
    }

    /// <summary>What the server and the login can do; asked once.</summary>
    public async ValueTask<DatabaseCapabilities> GetCapabilitiesAsync(CancellationToken cancellationToken)
    {
        if (capabilities is { } known)
            return known;
        await probing.WaitAsync(cancellationToken);
        try
        {
            return capabilities ??= await DatabaseCapabilities.ReadAsync(DataSource, Config, cancellationToken);
        }
        finally
        {
            probing.Release();
        }
    }

    /// <summary>The table that holds the vectors of <paramref name="model"/>; asked once.</summary>
    /// <exception cref="DatabaseConfigurationException">The vectors in the schema are another model's.</exception>
    public async ValueTask<string> GetVectorTableAsync(ModelInfo model, CancellationToken cancellationToken)
    {
        // A race only asks twice.
        if (vectorTable is not { } known || known.Model != model)
            vectorTable = known = new(model, await VectorTables.FindAsync(this, model, cancellationToken));
        return known.Table;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        probing.Dispose();
        turns.Dispose();
        if (ownsDataSource)
            await DataSource.DisposeAsync();
    }

    sealed record VectorTable(ModelInfo Model, string Table);

    static NpgsqlDataSource Make(DatabaseConfig config)
    {
        try
        {
            return NpgsqlDataSource.Create(ConnectionStringOf(config));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            // Npgsql's own message may repeat the string, and with it the password.
            throw new DatabaseConfigurationException(
                $"The connection string '{DatabaseFactory.ConnectionName}' has values that Npgsql does not take together; it looks like 'Host=…;Username=…;Password=…;Database=…'.");
        }
    }

    static string ConnectionStringOf(DatabaseConfig config) => new NpgsqlConnectionStringBuilder(config.ConnectionString)
    {
        SearchPath = $"{Sql.Quote(config.SchemaName)},{Sql.Quote(config.ExtensionSchema)}",
        MinPoolSize = config.MinPoolSize,
        MaxPoolSize = config.MaxPoolSize,
        MaxAutoPrepare = 40,
        AutoPrepareMinUsages = 2,
        // All settings end with their transaction, and a turn gives its lock back: there is nothing to reset, which takes seven statements.
        NoResetOnClose = true,
        ApplicationName = "career-agent",
    }.ConnectionString;
}
