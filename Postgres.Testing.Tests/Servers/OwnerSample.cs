using System.Text.Json;
using Postgres.Testing.Tests.Isolation;

namespace Postgres.Testing.Tests.Servers;

/// <summary>What the processes do that tests kill: own a server until they end.</summary>
public class OwnerSample
{
    [Fact(Explicit = true)]
    public async Task Owns_a_server()
    {
        var order = JsonSerializer.Deserialize<OwnerOrder>(Environment.GetEnvironmentVariable(OwnerProcess.Order)!)!;
        if (order.Units is not null) return;
        var token = TestContext.Current.CancellationToken;
        var options = new EmbeddedPostgresOptions
        {
            DataFolder = order.DataFolder,
            CacheFolder = order.CacheFolder,
            RequiredSpace = order.RequiredSpace,
            Listen = order.Listen,
        };
        string report;
        try
        {
            await using var server = await EmbeddedPostgres.StartAsync(options, token);
            await using var source = Npgsql.NpgsqlDataSource.Create(server.ConnectionString);
            await using var command = source.CreateCommand("select '[1]'::extensions.vector::text || current_setting('data_directory')");
            report = $"{await command.ExecuteScalarAsync(token)}";
            await WriteAsync(order, report);
            if (order.Works) await WorkAsync(server, token);
            if (order.Stays) await Task.Delay(Timeout.Infinite, token);
        }
        catch (PostgresTestingException e)
        {
            await WriteAsync(order, "failed: " + e.Message);
        }
    }

    [Fact(Explicit = true)]
    public async Task Holds_units_in_the_middle_of_a_test()
    {
        var order = JsonSerializer.Deserialize<OwnerOrder>(Environment.GetEnvironmentVariable(OwnerProcess.Order)!)!;
        if (order.Units is not { } units) return;
        var token = TestContext.Current.CancellationToken;
        await using var server = await ExistingPostgres.ConnectAsync(units.Server, new() { Disposable = true }, token);
        await using var databases = await TestDatabases.CreateAsync(server, units.Options, token);
        await using var lease = await databases.LeaseAsync("is killed", token);
        await using var connection = await lease.DataSource.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        await using var command = new Npgsql.NpgsqlCommand("insert into t (x) values (1); delete from s", connection);
        await command.ExecuteNonQueryAsync(token);
        if (units.Commits) await transaction.CommitAsync(token);
        await WriteAsync(order, lease.Unit);
        await Task.Delay(Timeout.Infinite, token);
    }

    static async Task WriteAsync(OwnerOrder order, string text)
    {
        await File.WriteAllTextAsync(order.Report + ".new", text, TestContext.Current.CancellationToken);
        File.Move(order.Report + ".new", order.Report);
    }

    static async Task WorkAsync(EmbeddedPostgres server, CancellationToken token)
    {
        TestDatabasesOptions options = new()
        {
            Workers = 2,
            Migrate = (connection, stop) => EngineServer.ExecuteAsync(connection, "create table t (e vector(3)); create index on t using hnsw (e vector_l2_ops)", stop),
        };
        await using var databases = await TestDatabases.CreateAsync(server, options, token);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async worker =>
        {
            while (true)
            {
                await using var lease = await databases.LeaseAsync($"worker {worker}", token);
                await using var command = lease.DataSource.CreateCommand("insert into t select array[i, 1, 1]::vector from generate_series(1, 50) i");
                await command.ExecuteNonQueryAsync(token);
            }
        }));
    }
}

/// <summary>What an owner is to do.</summary>
sealed record OwnerOrder(string Report, string? DataFolder, string? CacheFolder, bool Stays, PostgresListen Listen = PostgresListen.Socket, long RequiredSpace = 64 << 20,
    bool Works = false, OwnedUnits? Units = null);

/// <summary>Units that an owner holds on a server of somebody else's, instead of a server.</summary>
/// <param name="Server">Its connection string.</param>
/// <param name="Isolation">What the units are.</param>
/// <param name="Key">Their template's; null for private units.</param>
/// <param name="Commits">Whether its test commits, or has a transaction open.</param>
sealed record OwnedUnits(string Server, TestIsolation Isolation, string? Key, bool Commits)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public TestDatabasesOptions Options => new()
    {
        Workers = 1,
        Isolation = Isolation,
        TemplateKey = Key,
        Migrate = (connection, token) => EngineServer.ExecuteAsync(connection, "create table t (id int generated always as identity, x int); create table s (x int)", token),
        Seed = (connection, token) => EngineServer.ExecuteAsync(connection, "insert into s values (1), (2)", token),
    };
}
