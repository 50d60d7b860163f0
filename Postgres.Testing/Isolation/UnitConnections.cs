using System.Text.RegularExpressions;
using Npgsql;

namespace Postgres.Testing;

/// <summary>Who connects how: the engine's control sessions, migrations, and tests.</summary>
sealed class UnitConnections(PostgresServer server, TestDatabasesOptions options, int poolSize)
{
    /// <summary>The <c>application_name</c> of the engine's own sessions, which no test's may have.</summary>
    public const string EngineName = "postgres_testing";

    /// <summary>Resets run beside triggers and foreign keys where the role may say so.</summary>
    public bool IsReplica => server.Capabilities.IsSuperuser;

    /// <summary>Source of unpooled sessions of the engine in a database; null is the server's own.</summary>
    public NpgsqlDataSource Controls(string? database = null)
    {
        // Slim: the types of a full source are a large part of what a process compiles before its first lease.
        var builder = new NpgsqlSlimDataSourceBuilder(ControlString(database)) { Name = EngineName };
        return builder.EnableArrays().Build();
    }

    /// <summary>Runs what makes the tables, as the tests' own sessions would see it, but never in the transaction of the test that waits for them.</summary>
    public async Task<NpgsqlConnection> OpenMigrationAsync(string unit, string? database, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(UnitString(unit, database)) { Pooling = false, Enlist = false };
        builder.Options += " -c postgres_testing.engine=on";
        var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }

    /// <summary>A unit's data source, with its first physical connection.</summary>
    public static async Task<NpgsqlDataSource> WarmAsync(string unit, string connectionString, CancellationToken cancellationToken)
    {
        var source = new NpgsqlDataSourceBuilder(connectionString) { Name = unit }.Build();
        try
        {
            await (await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            return source;
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A lease's own data source, for sessions that carry its test's name.</summary>
    public static NamedConnections Named(PostgresServer server, Unit unit, string testName)
        => new(unit.ConnectionString, unit.Name, testName, shared: server is not EmbeddedPostgres); // other processes may run the same test there

    string ControlString(string? database)
    {
        var builder = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false, ApplicationName = EngineName, Enlist = false };
        if (database is not null) builder.Database = database;
        // Autovacuum gives way to whoever has waited for deadlock_timeout, which is else as long as a reset waits at all.
        builder.Options = $"-c postgres_testing.engine=on -c row_security=off -c synchronous_commit=off -c jit=off -c plan_cache_mode=force_generic_plan -c statement_timeout=0 -c idle_in_transaction_session_timeout=0{(server.Capabilities.ServerVersion.Major >= 14 ? " -c idle_session_timeout=0" : "")}"
            + $" -c lock_timeout={(int)options.LockTimeout.TotalMilliseconds}{(IsReplica ? " -c session_replication_role=replica -c deadlock_timeout=100" : "")}";
        return builder.ConnectionString;
    }

    /// <summary>What tests connect by.</summary>
    /// <param name="unit">Name of the unit.</param>
    /// <param name="database">The unit's database; null for the server's own.</param>
    /// <param name="settings">What the sessions begin with, each as <c>name=value</c>.</param>
    public string UnitString(string unit, string? database, IReadOnlyList<string>? settings = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            SearchPath = database is null ? $"{unit},{PostgresServer.ExtensionSchema}" : $"\"$user\",public,{PostgresServer.ExtensionSchema}",
            ApplicationName = unit,
            MaxPoolSize = poolSize,
            MinPoolSize = 0,
            NoResetOnClose = false,
        };
        if (database is not null) builder.Database = database;
        builder.Options = $"{builder.Options} -c postgres_testing.unit={unit}".TrimStart();
        foreach (var setting in settings ?? [])
        {
            const string Path = "search_path=";
            if (setting.StartsWith(Path, StringComparison.Ordinal)) builder.SearchPath = $"{setting[Path.Length..]}, {PostgresServer.ExtensionSchema}";
            else builder.Options += " -c " + Regex.Replace(setting, @"[\s\\]", @"\$0");
        }
        return builder.ConnectionString;
    }
}
