using Npgsql;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>An embedded server for the tests of one class.</summary>
public sealed class EngineServer : IAsyncLifetime
{
    public EmbeddedPostgres Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
        => Server = await EmbeddedPostgres.StartAsync(new() { MaxConnections = 100, Settings = new Dictionary<string, string> { ["max_prepared_transactions"] = "5" } }, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    public Task<TestDatabases> DatabasesAsync(string migrate, TestDatabasesOptions? options = null, string? seed = null)
        => TestDatabases.CreateAsync(Server, (options ?? new() { Workers = 1 }) with
        {
            Migrate = (connection, token) => ExecuteAsync(connection, migrate, token),
            Seed = seed is null ? null : (connection, token) => ExecuteAsync(connection, seed, token),
        }, TestContext.Current.CancellationToken);

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

static class TestDatabaseExtensions
{
    public static Task<TestDatabase> TakeAsync(this TestDatabases databases, string testName, string? scenario = null)
        => databases.LeaseAsync(testName, scenario, TestContext.Current.CancellationToken);

    public static async Task ExecuteAsync(this TestDatabase db, string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<T> ScalarAsync<T>(this TestDatabase db, string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public static async Task<string[]> ListAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<string> rows = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) rows.Add(reader.IsDBNull(0) ? "null" : reader.GetValue(0).ToString()!);
        return [.. rows];
    }
}
