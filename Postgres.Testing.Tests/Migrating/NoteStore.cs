using Npgsql;
using Postgres.Testing;

namespace Notes.Tests.Migrating;

/// <summary>The code under test of the examples.</summary>
static class NoteStore
{
    public static async Task MigrateAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "create table notes (id int generated always as identity primary key, body text not null, embedding vector(3) not null)", connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<int> AddAsync(NpgsqlConnection connection, string body)
    {
        await using var command = new NpgsqlCommand("insert into notes (body, embedding) values ($1, '[1, 2, 3]') returning id", connection);
        command.Parameters.AddWithValue(body);
        return (int)(await command.ExecuteScalarAsync())!;
    }

    public static async Task<long> CountAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select count(*) from notes", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>Plays the server that everybody shared before.</summary>
static class OldServer
{
    static readonly Lazy<(string ConnectionString, NpgsqlDataSource DataSource)> Server = new(() => Task.Run(StartAsync).GetAwaiter().GetResult());

    public static string ConnectionString => Server.Value.ConnectionString;

    public static NpgsqlDataSource DataSource => Server.Value.DataSource;

    // Nobody stops it: it ends with the process.
    static async Task<(string, NpgsqlDataSource)> StartAsync()
    {
        var server = await EmbeddedPostgres.StartAsync();
        var dataSource = NpgsqlDataSource.Create(server.ConnectionString);
        await using var connection = await dataSource.OpenConnectionAsync();
        await NoteStore.MigrateAsync(connection);
        return (server.ConnectionString, dataSource);
    }
}
