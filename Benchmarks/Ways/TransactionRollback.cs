using Benchmarks.Isolation;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Ways;

/// <summary>One schema for all; each test has one connection in a transaction that is rolled back.</summary>
sealed class TransactionRollback(PostgresServer server) : Way("transaction-rollback", server)
{
    NpgsqlDataSource? source;

    public override async Task PrepareAsync(SchemaSet set, int parallel, CancellationToken token)
    {
        if (source is not null) return;
        var builder = new NpgsqlConnectionStringBuilder(Server.ConnectionString) { SearchPath = $"shared,{PostgresServer.ExtensionSchema}", MaxPoolSize = 32 };
        source = NpgsqlDataSource.Create(builder);
        await ExecuteAsync(source, "create schema shared", token);
        await ExecuteAsync(source, set.MigrateSql + set.SeedSql, token);
    }

    public override async Task<Lease> LeaseAsync(int lane, CancellationToken token)
    {
        var connection = await source!.OpenConnectionAsync(token);
        return new TransactionLease(connection, await connection.BeginTransactionAsync(token));
    }

    public override async ValueTask DisposeAsync()
    {
        if (source is not null) await source.DisposeAsync();
        await base.DisposeAsync();
    }

    sealed class TransactionLease(NpgsqlConnection connection, NpgsqlTransaction transaction) : Lease(connection)
    {
        public override ValueTask CloseAsync() => ValueTask.CompletedTask; // the connection is the isolation

        public override async Task ReturnAsync()
        {
            await transaction.RollbackAsync();
            await Connection.DisposeAsync();
        }
    }
}
