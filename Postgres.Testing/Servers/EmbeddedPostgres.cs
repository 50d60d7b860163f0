using System.Diagnostics;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A native PostgreSQL started for this process and gone with it.</summary>
public sealed class EmbeddedPostgres : PostgresServer
{
    readonly Process process;
    readonly string folder;

    EmbeddedPostgres(Process process, string folder, string connectionString, PostgresCapabilities capabilities)
        => (this.process, this.folder, ConnectionString, Capabilities) = (process, folder, connectionString, capabilities);

    /// <inheritdoc/>
    public override string ConnectionString { get; }

    /// <inheritdoc/>
    public override PostgresCapabilities Capabilities { get; }

    /// <summary>Starts a server on an empty cluster and waits until it answers.</summary>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        var bin = options.BinaryFolder ?? "/usr/lib/postgresql/15/bin";
        var folder = Directory.CreateTempSubdirectory("postgres-testing-").FullName;
        using (var chown = Process.Start("chown", ["postgres", folder]))
            await chown.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        using (var initdb = Process.Start("runuser", ["-u", "postgres", "--", $"{bin}/initdb", "--no-sync", "--auth=trust", "-D", $"{folder}/data"]))
            await initdb.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        var process = Process.Start("runuser", ["-u", "postgres", "--", $"{bin}/postgres", "-D", $"{folder}/data", "-k", folder,
            "-c", "listen_addresses=", "-c", "fsync=off", "-c", $"max_connections={options.MaxConnections}"]);
        var connectionString = $"Host={folder};Username=postgres;Database=postgres";
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                await using var command = new NpgsqlCommand(
                    $"create schema {ExtensionSchema}; create extension vector schema {ExtensionSchema}", connection);
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                return new(process, folder, connectionString, await PostgresCapabilities.ReadAsync(connection, cancellationToken).ConfigureAwait(false));
            }
            catch (NpgsqlException) when (attempt < 200)
            {
                await Task.Delay(20, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().ConfigureAwait(false);
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
