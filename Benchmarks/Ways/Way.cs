using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Ways;

/// <summary>One way to give each test a clean database, on a server of its own.</summary>
abstract class Way(string name, PostgresServer server) : IAsyncDisposable
{
    public string Name => name;
    public PostgresServer Server => server;

    /// <summary>Whether a lease builds everything anew, so that there is nothing to warm up.</summary>
    public virtual bool BuildsAnew => false;

    /// <summary>Makes ready for <paramref name="parallel"/> tests at once; called again with larger numbers.</summary>
    public abstract Task PrepareAsync(SchemaSet set, int parallel, CancellationToken token);

    /// <summary>Leases a clean database, up to an open connection to it, for one of the parallel tests: no two ask for one lane
    /// at once.</summary>
    public abstract Task<Lease> LeaseAsync(int lane, CancellationToken token);

    public virtual async ValueTask DisposeAsync() => await server.DisposeAsync();

    protected static async Task ExecuteAsync(NpgsqlDataSource source, string sql, CancellationToken token)
    {
        if (sql.Length == 0) return;
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(token);
    }

    protected NpgsqlDataSource Open(string? schema = null, string? database = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(server.ConnectionString) { MaxPoolSize = 4 };
        if (schema is not null) builder.SearchPath = $"{schema},{PostgresServer.ExtensionSchema}";
        if (database is not null) (builder.Database, builder.SearchPath) = (database, $"public,{PostgresServer.ExtensionSchema}");
        return NpgsqlDataSource.Create(builder);
    }
}

/// <summary>A clean database and an open connection to it.</summary>
abstract class Lease(NpgsqlConnection connection)
{
    public NpgsqlConnection Connection => connection;

    /// <summary>What a test does with its connection at its end.</summary>
    public virtual ValueTask CloseAsync() => connection.DisposeAsync();

    public abstract Task ReturnAsync();
}

sealed class DelegateLease(NpgsqlConnection connection, Func<Task> @return) : Lease(connection)
{
    public override Task ReturnAsync() => @return();
}
