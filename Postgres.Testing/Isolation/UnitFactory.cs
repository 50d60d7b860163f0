using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Postgres.Testing;

/// <summary>Makes, takes over and drops the units of one level.</summary>
abstract class UnitFactory(PostgresServer server, TestDatabasesOptions options, UnitConnections connections) : IAsyncDisposable
{
    const int Attempts = 4;

    /// <summary>Templates beside this run's own whose units stay on a kept server.</summary>
    const int OtherTemplates = 2;

    protected PostgresServer Server => server;

    protected TestDatabasesOptions Options => options;

    protected UnitConnections Connections => connections;

    protected AuditBaseline? Audit { get; } = options.Audit == TestAudit.Off ? null : new(!server.Capabilities.IsSuperuser, options.Isolation != TestIsolation.Database);

    /// <summary>Sessions of the engine in the server's own database.</summary>
    protected NpgsqlDataSource Controls { get; } = connections.Controls();

    /// <summary>What units that may be taken over have in common; null when none may.</summary>
    protected string? Template { get; } = options.TemplateKey is { } key ? Hash($"{key}|{server.Capabilities.ServerVersion}|{options.Isolation == TestIsolation.Database}|{Engine}") : null;

    readonly ConcurrentQueue<string> leftOver = [];

    /// <summary>Regular expression of what the names of all units begin with.</summary>
    internal const string NamePattern = "^test_[0-9a-f]{10}_";

    /// <summary>Names of this process's units begin with it: no other process's do, and neither do a user's.</summary>
    protected string Prefix { get; } = $"test_{Guid.NewGuid().ToString("N")[..10]}";

    /// <summary>Units of another edition of the engine are not taken over.</summary>
    static string Engine => Hash(SqlText.Load("install") + SqlText.Load("install-superuser") + typeof(UnitFactory).Module.ModuleVersionId);

    public static async Task<UnitFactory> CreateAsync(PostgresServer server, TestDatabasesOptions options, UnitConnections connections, CancellationToken cancellationToken)
    {
        UnitFactory factory = options.Isolation == TestIsolation.Database
            ? new DatabaseUnits(server, options, connections) : new SchemaUnits(server, options, connections);
        try
        {
            await using var control = await factory.Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            // Whoever derives a server of their own says by the mark that it may be used so.
            if (server is not EmbeddedPostgres) await ExistingPostgres.ThrowUnlessMarkedAsync(control, cancellationToken).ConfigureAwait(false);
            await factory.InstallAsync(control, cancellationToken).ConfigureAwait(false);
            await factory.SweepAsync(control, cancellationToken).ConfigureAwait(false);
            return factory;
        }
        catch
        {
            await factory.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The limit that kept a unit from being made; null when it was something else.</summary>
    public string? Limit(Exception exception) => ResourceLimits.Find([exception.Message, exception.InnerException?.Message ?? ""], server);

    /// <summary>A clean unit: one that another run left, or a new one.</summary>
    public async Task<Unit> MakeAsync(CancellationToken cancellationToken)
    {
        var unit = await TakeOverAsync(cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; unit is null; attempt++)
        {
            try
            {
                unit = await MakeNewAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException exception) when (!IsProven && attempt < Attempts && IsExtensionRace(exception))
            {
                await Task.Delay(250 * attempt, cancellationToken).ConfigureAwait(false);
            }
        }
        IsProven = true;
        return unit;
    }

    /// <summary>Another run on the same server may be making the same extension, and for a moment have it in a unit of its own.</summary>
    static bool IsExtensionRace(PostgresException exception)
        => exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pg_extension_name_index" } or { SqlState: PostgresErrorCodes.UndefinedObject };

    /// <summary>Whether there has been a unit of these migrations. From then on tests run, and what appears on the server may be theirs.</summary>
    protected bool IsProven { get; private set; }

    /// <summary>Looks at what is beside the units before the first test: what the migrations did there is no test's doing.</summary>
    public async Task BeginAuditAsync(CancellationToken cancellationToken)
    {
        if (Audit is null) return;
        await using var control = await Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await Audit.CompareAsync(control, 0, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a unit and what the engine keeps for it.</summary>
    public async Task DropAsync(Unit unit, CancellationToken cancellationToken)
    {
        await using var control = await Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        // Between the end of the claim and the drop another run could claim it: as one to take over it must not be on the list any more, and one
        // who only sweeps has it for a moment.
        await ExecuteAsync(control, $"update postgres_testing.units set template = null, catalogue = null where name = {SqlText.Literal(unit.Name)}", cancellationToken).ConfigureAwait(false);
        await unit.DisposeAsync().ConfigureAwait(false);
        for (var i = 0; i < 50 && !await ClaimAsync(control, unit.Name, cancellationToken).ConfigureAwait(false); i++) await Task.Delay(20, cancellationToken).ConfigureAwait(false);
        await DropAsync(control, unit.Name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends what there is of a unit that could not be made; what cannot be ended now, because the server has no connection left, say, is when this factory ends.</summary>
    protected async Task TryDropAsync(string name)
    {
        try
        {
            await using var cleaner = await Controls.OpenConnectionAsync(CancellationToken.None).ConfigureAwait(false);
            await DropAsync(cleaner, name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            leftOver.Enqueue(name);
        }
    }

    /// <summary>Ends this process's hold on a clean unit: another run may take it over, or nobody.</summary>
    public Task ReleaseAsync(Unit unit, CancellationToken cancellationToken)
        => Template is null ? DropAsync(unit, cancellationToken) : unit.DisposeAsync().AsTask();

    protected abstract Task<Unit> MakeNewAsync(CancellationToken cancellationToken);

    /// <summary>Opens a unit that is there, by the claim's session; null when the session could not claim it.</summary>
    protected abstract Task<Unit> OpenAsync(string name, Catalogue catalogue, NpgsqlConnection claim, CancellationToken cancellationToken);

    protected Task DropAsync(NpgsqlConnection control, string name, CancellationToken cancellationToken)
        => DropAsync(control, name, Options.Isolation == TestIsolation.Database, cancellationToken);

    static Task DropAsync(NpgsqlConnection control, string name, bool isDatabase, CancellationToken cancellationToken)
        => isDatabase ? DatabaseUnits.DropDatabaseAsync(control, name, cancellationToken) : SchemaUnits.DropSchemaAsync(control, name, cancellationToken);

    protected async Task InstallAsync(NpgsqlConnection control, CancellationToken cancellationToken)
    {
        // One process at a time: "if not exists" does not keep two from colliding.
        var sql = $"{WithoutLimit}; select pg_advisory_xact_lock({Key("install")}); {SqlText.Load("install")} {(Connections.IsReplica ? SqlText.Load("install-superuser") : "")}";
        await ExecuteAsync(control, sql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>For a queue that is as long as others take: the limit of sessions of the engine is meant for resets.</summary>
    const string WithoutLimit = "select set_config('lock_timeout', '0', true)";

    /// <summary>Takes the unit for this process, as long as the session lives.</summary>
    protected static async Task<bool> ClaimAsync(NpgsqlConnection session, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({Key(name)})", session);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Puts the unit on the list, so that others know it and a later run can take it over or sweep it.</summary>
    protected async Task RegisterAsync(NpgsqlConnection control, string name, Catalogue catalogue, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into postgres_testing.units (name, template, is_database, catalogue) values ($1, $2, $3, $4)
            on conflict (name) do update set catalogue = excluded.catalogue, template = excluded.template
            """, control)
        {
            Parameters =
            {
                new() { Value = name }, new() { Value = (object?)Template ?? DBNull.Value, DataTypeName = "text" },
                new() { Value = Options.Isolation == TestIsolation.Database },
                new() { Value = Template is null ? DBNull.Value : JsonSerializer.Serialize(catalogue), DataTypeName = "text" },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    protected async Task MigrateAsync(string unit, string? database, CancellationToken cancellationToken)
    {
        await using var connection = await Connections.OpenMigrationAsync(unit, database, cancellationToken).ConfigureAwait(false);
        if (Options.Migrate is { } migrate) await migrate(connection, cancellationToken).ConfigureAwait(false);
        await ThrowIfOpenAsync(connection, nameof(Options.Migrate), cancellationToken).ConfigureAwait(false);
        if (Options.Seed is not { } seed) return;
        await seed(connection, cancellationToken).ConfigureAwait(false);
        await ThrowIfOpenAsync(connection, nameof(Options.Seed), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What was not committed would be rolled back, without a word.</summary>
    /// <exception cref="PostgresTestingException">The work left its transaction open, or closed the connection.</exception>
    public static async Task ThrowIfOpenAsync(NpgsqlConnection connection, string work, CancellationToken cancellationToken)
    {
        if (connection.State != ConnectionState.Open) throw new PostgresTestingException($"{work} closed the connection that it was given: leave it open, it is closed for you.");
        await using var command = new NpgsqlCommand("select pg_current_xact_id_if_assigned() is not null", connection);
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!) throw new PostgresTestingException(
            $"{work} left a transaction open, with which all that it did would be rolled back: commit it.");
    }

    /// <summary>Records a unit's state and writes its reset function.</summary>
    protected async Task<(Catalogue Catalogue, ResetFunction Function)> RecordAsync(NpgsqlConnection control, string owner, string[] schemas, CancellationToken cancellationToken)
    {
        var isDatabase = Options.Isolation == TestIsolation.Database;
        var catalogue = await Catalogue.ReadAsync(control, schemas, Connections.IsReplica, cancellationToken).ConfigureAwait(false);
        var views = await AskAsync<uint[]>(control, "select array(select oid from pg_class where relkind = 'm' and relnamespace in (select oid from pg_namespace where nspname = any($1)))", schemas, cancellationToken).ConfigureAwait(false);
        var function = new ResetFunction(owner, isDatabase, catalogue, Connections.IsReplica) { MaterializedViews = views };
        await ExecuteAsync(control, function.Preparation(), cancellationToken).ConfigureAwait(false);
        function = new(owner, isDatabase, catalogue, Connections.IsReplica)
        {
            MaterializedViews = views,
            SeedCounts = function.CountSeeds is { } count ? await AskAsync<long[]>(control, count, null, cancellationToken).ConfigureAwait(false) : [],
            Owners = Connections.IsReplica ? await Catalogue.ReadOwnersAsync(control, schemas, cancellationToken).ConfigureAwait(false) : [],
            Digest = Connections.IsReplica ? null : await AskAsync<long>(control, $"select postgres_testing.catalogue_digest($1, {isDatabase})", schemas, cancellationToken).ConfigureAwait(false),
            BesideSchemas = isDatabase ? await AskAsync<long>(control, "select postgres_testing.beside_schemas()", null, cancellationToken).ConfigureAwait(false) : null,
        };
        await ExecuteAsync(control, function.Definition(), cancellationToken).ConfigureAwait(false);
        return (catalogue, function);
    }

    static async Task<T> AskAsync<T>(NpgsqlConnection control, string sql, string[]? argument, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, control);
        if (argument is not null) command.Parameters.Add(new() { Value = argument });
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    async Task<Unit?> TakeOverAsync(CancellationToken cancellationToken)
    {
        if (Template is null) return null;
        var claim = await Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var (name, state) in await ListAsync(claim, cancellationToken).ConfigureAwait(false))
            {
                if (!await ClaimAsync(claim, name, cancellationToken).ConfigureAwait(false) || !await IsMineAsync(claim, name, cancellationToken).ConfigureAwait(false)) continue;
                if (await TryOpenAsync(name, state, claim, cancellationToken).ConfigureAwait(false) is not { } unit) continue;
                // Whoever had it last may have been killed in the middle of a test.
                await unit.Snapshots.ClearAsync(cancellationToken).ConfigureAwait(false);
                if ((await unit.ResetAsync("take-over of a kept unit", name, cancellationToken).ConfigureAwait(false)).TaintedBy is null) return unit;
                await DropAsync(unit, cancellationToken).ConfigureAwait(false);
                claim = await Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await claim.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        await claim.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Whether a unit that was just claimed may still be taken over: since the list was read, another run may have taken and spoiled it.</summary>
    static async Task<bool> IsMineAsync(NpgsqlConnection claim, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"update postgres_testing.units set used_at = now() where name = {SqlText.Literal(name)} and catalogue is not null", claim);
        if (await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) > 0) return true;
        await ExecuteAsync(claim, $"select pg_advisory_unlock({Key(name)})", cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Null for a unit that is on the list and no more on the server: it goes off the list.</summary>
    async Task<Unit?> TryOpenAsync(string name, string state, NpgsqlConnection claim, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(name, JsonSerializer.Deserialize<Catalogue>(state)!, claim, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await DropAsync(claim, name, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(claim, $"select pg_advisory_unlock({Key(name)})", cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>Drops the private units of processes that are no more, and the kept ones that migrations have left behind.</summary>
    async Task SweepAsync(NpgsqlConnection control, CancellationToken cancellationToken)
    {
        foreach (var (name, isDatabase) in await ListEndedAsync(control, cancellationToken).ConfigureAwait(false))
        {
            if (!await ClaimAsync(control, name, cancellationToken).ConfigureAwait(false)) continue;
            try
            {
                await DropAsync(control, name, isDatabase, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException)
            {
                // Somebody has it locked: it is not in the way, and the next run tries again.
            }
            await ExecuteAsync(control, $"select pg_advisory_unlock({Key(name)})", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Units that may be taken over.</summary>
    async Task<List<(string Name, string State)>> ListAsync(NpgsqlConnection control, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select name, catalogue from postgres_testing.units where template = $1 and catalogue is not null and is_database = $2 order by name", control)
        { Parameters = { new() { Value = Template }, new() { Value = Options.Isolation == TestIsolation.Database } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<(string, string)> units = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) units.Add((reader.GetString(0), reader.GetString(1)));
        return units;
    }

    /// <summary>Units that are one process's alone, of any level; and those of templates beyond the last few that runs have used: nobody may ever ask for those again, but two test
    /// projects, or two branches, may take turns on one server.</summary>
    async Task<List<(string Name, bool IsDatabase)>> ListEndedAsync(NpgsqlConnection control, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select name, is_database from postgres_testing.units where template is null or is_database = $2 and template <> coalesce($1, '') and template not in
                (select template from postgres_testing.units where is_database = $2 and template <> coalesce($1, '') group by template order by max(used_at) desc limit $3)
            """, control)
        {
            Parameters =
            {
                new() { Value = (object?)Template ?? DBNull.Value, DataTypeName = "text" }, new() { Value = Options.Isolation == TestIsolation.Database }, new() { Value = OtherTemplates },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<(string, bool)> units = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) units.Add((reader.GetString(0), reader.GetBoolean(1)));
        return units;
    }

    /// <summary>The first 16 bits of the key of every claim, by which a reset knows it from a test's own advisory locks.</summary>
    internal const uint KeyPrefix = 28775;

    /// <summary>Key of the advisory lock that claims a unit.</summary>
    internal static string Key(string name)
        => string.Create(CultureInfo.InvariantCulture, $"((hashtextextended({SqlText.Literal("postgres_testing " + name)}, 0) & 281474976710655) | ({KeyPrefix}::bigint << 48))");

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        if (sql.Length == 0) return;
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public virtual async ValueTask DisposeAsync()
    {
        Audit?.Dispose();
        for (var count = leftOver.Count; count > 0 && leftOver.TryDequeue(out var name); count--) await TryDropAsync(name).ConfigureAwait(false);
        await Controls.DisposeAsync().ConfigureAwait(false);
    }
}
