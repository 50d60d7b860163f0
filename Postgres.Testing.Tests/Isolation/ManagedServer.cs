using Npgsql;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>A database of its own on a server, and a role that owns it and nothing else, as on a managed server.</summary>
static class ManagedServer
{
    /// <param name="host">The server.</param>
    /// <param name="token">Ends the making.</param>
    /// <param name="memberOf">Roles that the owner is a member of.</param>
    public static async Task<ExistingPostgres> MakeAsync(PostgresServer host, CancellationToken token, params string[] memberOf)
    {
        var name = $"managed_{Guid.NewGuid():N}";
        await using (var admin = new NpgsqlConnection(host.ConnectionString))
        {
            await admin.OpenAsync(token);
            await EngineServer.ExecuteAsync(admin, $"create role {name} login createdb password 'p'", token);
            foreach (var role in memberOf) await EngineServer.ExecuteAsync(admin, $"grant {role} to {name}", token);
            await EngineServer.ExecuteAsync(admin, $"create database {name} owner {name}", token);
        }
        // A new database gets its schemas from here.
        await using (var admin = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(host.ConnectionString) { Database = "template1", Pooling = false }.ConnectionString))
        {
            await admin.OpenAsync(token);
            await EngineServer.ExecuteAsync(admin, "create schema if not exists extensions; grant usage on schema extensions to public", token);
        }
        var owner = new NpgsqlConnectionStringBuilder(host.ConnectionString) { Database = name };
        await using (var admin = new NpgsqlConnection(owner.ConnectionString))
        {
            await admin.OpenAsync(token);
            await EngineServer.ExecuteAsync(admin, $"""
                create schema if not exists extensions; create extension if not exists vector schema extensions;
                grant usage on schema extensions to {name}; create extension if not exists citext schema extensions
                """, token);
        }
        (owner.Username, owner.Password) = (name, "p");
        await ExistingPostgres.MarkDisposableAsync(owner.ConnectionString, token);
        var server = await ExistingPostgres.ConnectAsync(owner.ConnectionString, new() { Disposable = true }, token);
        Assert.False(server.Capabilities.IsSuperuser);
        return server;
    }
}
