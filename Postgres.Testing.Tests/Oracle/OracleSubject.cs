using Npgsql;
using Postgres.Testing.Tests.Isolation;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>A way of isolation that random programs are run against.</summary>
public enum Way
{
    /// <summary>Schemas of a server that the engine rules.</summary>
    Schema,

    /// <summary>Three schemas whose programs run at the same time.</summary>
    ThreeSchemas,

    /// <summary>Databases.</summary>
    Database,

    /// <summary>Schemas of a role that owns its database and nothing else.</summary>
    Managed,

    /// <summary>Schemas of a server that has prepared transactions.</summary>
    TwoPhase,
}

/// <summary>The server of one <see cref="Way"/>, and how to look at its units from outside.</summary>
sealed class OracleSubject(Way way, EmbeddedPostgres host, PostgresServer server, NpgsqlConnection observer) : IAsyncDisposable
{
    public PostgresServer Server => server;

    /// <summary>Units that are leased at once.</summary>
    public int Units => way == Way.ThreeSchemas ? 3 : 1;

    public IReadOnlyList<string> More => way switch { Way.Database => Statements.DatabaseWide, Way.TwoPhase => Statements.TwoPhase, _ => [] };

    public TestDatabasesOptions Options { get; } = NastySchema.Options with
    {
        Isolation = way == Way.Database ? TestIsolation.Database : TestIsolation.Schema,
        Workers = way == Way.ThreeSchemas ? 3 : 1,
        Migrate = async (connection, token) =>
        {
            await NastySchema.Options.Migrate!(connection, token);
            if (way == Way.Database) await NastySchema.RunAsync(connection, NastySchema.SecondSchema, token);
        },
        // Without superuser rights a policy that is forced holds for the seed, too.
        Seed = way == Way.Managed ? (connection, token) => NastySchema.RunAsync(connection, NastySchema.OwnRows, token) : NastySchema.Options.Seed,
    };

    public static async Task<OracleSubject> StartAsync(Way way, CancellationToken token)
    {
        var settings = way == Way.TwoPhase ? new Dictionary<string, string> { ["max_prepared_transactions"] = "8" } : [];
        var host = await EmbeddedPostgres.StartAsync(new() { MaxConnections = 60, Settings = settings }, token);
        var observer = await OpenAsync(host.ConnectionString, token);
        await NastySchema.RunAsync(observer, NastySchema.Roles, token);
        if (way != Way.Managed) return new(way, host, host, observer);
        var managed = await ManagedServer.MakeAsync(host, token, "oracle_reader", "oracle_tenant", "oracle_owner");
        await observer.DisposeAsync();
        var database = new NpgsqlConnectionStringBuilder(managed.ConnectionString).Database;
        return new(way, host, managed, await OpenAsync(new NpgsqlConnectionStringBuilder(host.ConnectionString) { Database = database }.ConnectionString, token));
    }

    /// <summary>All that can be observed of a unit that was just leased.</summary>
    public async Task<string[]> ReadAsync(TestDatabase lease, CancellationToken token)
    {
        if (way != Way.Database) return await UnitCheck.ReadAsync(lease, await SchemaDigest.ReadAsync(observer, lease.SchemaName, token), token);
        await using var inside = await OpenAsync(new NpgsqlConnectionStringBuilder(host.ConnectionString) { Database = lease.Unit }.ConnectionString, token);
        var lines = await UnitCheck.ReadAsync(lease, await SchemaDigest.ReadDatabaseAsync(inside, token), token);
        return [.. lines.Select(l => l.Replace(lease.Unit, "unit", StringComparison.Ordinal))];
    }

    /// <summary>What the audit reports and leaves in place is taken away by hand, beside the engine, which may be dropping it with its unit.</summary>
    public async Task RemoveEscapedAsync(CancellationToken token)
    {
        await NastySchema.RunAsync(observer, """
            do $$ declare o text; begin
                for o in select format('drop table if exists %s cascade', oid::regclass) from pg_class where relname like 'outside\__' loop execute o; end loop;
                for o in select format('drop schema if exists %I cascade', nspname) from pg_namespace where nspname like 'elsewhere\__' loop execute o; end loop;
                for o in select format('drop role %I', rolname) from pg_roles where rolname like 'oracle\_role\__' loop execute o; end loop;
                perform lo_unlink(oid) from pg_largeobject_metadata;
            end $$;
            """, token);
        await using var command = new NpgsqlCommand("select array(select gid from pg_prepared_xacts)", observer);
        foreach (var name in (string[])(await command.ExecuteScalarAsync(token))!) await NastySchema.RunAsync(observer, $"rollback prepared '{name}'", token);
    }

    static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken token)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(token);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await observer.DisposeAsync();
        await server.DisposeAsync();
        await host.DisposeAsync();
    }
}
