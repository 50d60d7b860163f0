using System.Text.Json;

namespace Postgres.Testing.Tests.Servers;

/// <summary>What the processes do that tests kill: own a server until they end.</summary>
public class OwnerSample
{
    [Fact(Explicit = true)]
    public async Task Owns_a_server()
    {
        var order = JsonSerializer.Deserialize<OwnerOrder>(Environment.GetEnvironmentVariable(OwnerProcess.Order)!)!;
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
            await WriteAsync(report);
            if (order.Stays) await Task.Delay(Timeout.Infinite, token);
        }
        catch (PostgresTestingException e)
        {
            await WriteAsync("failed: " + e.Message);
        }

        async Task WriteAsync(string text)
        {
            await File.WriteAllTextAsync(order.Report + ".new", text, token);
            File.Move(order.Report + ".new", order.Report);
        }
    }
}

/// <summary>What an owner is to do.</summary>
sealed record OwnerOrder(string Report, string? DataFolder, string? CacheFolder, bool Stays, PostgresListen Listen = PostgresListen.Socket, long RequiredSpace = 64 << 20);
