using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Postgres.Testing;

/// <summary>A native PostgreSQL with pgvector, started for this process and gone with it.</summary>
/// <remarks>It starts from a cached cluster, so that a start takes well under a tenth of a second. Its data lives in memory
/// where there is room. When this process ends, however it ends, the server and its data are gone within two seconds.</remarks>
public sealed class EmbeddedPostgres : PostgresServer
{
    const int PortAttempts = 5;
    static int warmed;
    readonly ServerFolder folder;
    readonly Guardian guardian;
    readonly ServerWatch watch;
    int disposed;

    EmbeddedPostgres(ServerFolder folder, Guardian guardian, string connectionString, PostgresCapabilities capabilities)
    {
        (this.folder, this.guardian, ConnectionString, Capabilities) = (folder, guardian, connectionString, capabilities);
        Log = new(folder.Log);
        Exited = guardian.Exited;
        watch = new(guardian, folder, Log);
        folder.Owner = this;
    }

    /// <inheritdoc/>
    public override string ConnectionString { get; }

    /// <inheritdoc/>
    public override PostgresCapabilities Capabilities { get; }

    /// <summary>What the server wrote: errors of all sessions, each with its <c>application_name</c>.</summary>
    public PostgresLog Log { get; }

    /// <summary>Ends when the server has ended, for whatever reason. A server that was stopped by a signal is ended, too: whoever
    /// waits for it would wait forever.</summary>
    public Task Exited { get; }

    /// <summary>Whether the server goes on, as far as can be told without asking it.</summary>
    public bool IsRunning => watch.IsRunning;

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="options">How; null for all defaults.</param>
    /// <param name="cancellationToken">Ends the start; nothing is left then.</param>
    /// <exception cref="PostgresTestingException">It cannot start; the message tells why and what mends it.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StartOnceAsync(options, cancellationToken).ConfigureAwait(false);
            }
            catch (PortTakenException) when (options.Port == 0 && attempt < PortAttempts)
            {
                // Another process took the port between its choice and its use.
            }
            catch (PortTakenException e)
            {
                throw new PostgresTestingException(e.Message);
            }
        }
    }

    /// <summary>Prepares a server that an orchestrator then runs as an executable, on a port of 127.0.0.1 with a password.</summary>
    /// <param name="options">How; <see cref="EmbeddedPostgresOptions.Listen"/> and <see cref="EmbeddedPostgresOptions.Port"/> do not matter here.</param>
    /// <param name="cancellationToken">Ends the preparation; nothing is left then.</param>
    /// <exception cref="PostgresTestingException">It cannot be prepared; the message tells why and what mends it.</exception>
    public static async Task<EmbeddedPostgresLaunch> PrepareAsync(EmbeddedPostgresOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = (options ?? new()) with { Listen = PostgresListen.Tcp, Port = 0 };
        var sweep = Task.Run(() => Leftovers.Sweep(ServerFolder.Places(options.DataFolder), ServerAccount.Current), cancellationToken);
        var cluster = PreparedCluster.Begin(options);
        try
        {
            await cluster.FillAsync(options, cancellationToken).ConfigureAwait(false);
            await sweep.ConfigureAwait(false);
            return new(cluster);
        }
        catch
        {
            cluster.Folder.Dispose();
            throw;
        }
    }

    /// <summary>Throws when the server has ended by itself.</summary>
    /// <exception cref="PostgresTestingException">With the last lines of the log.</exception>
    public async Task ThrowIfDeadAsync()
    {
        if (!Exited.IsCompleted || Volatile.Read(ref disposed) != 0) return;
        throw new PostgresTestingException($"The embedded PostgreSQL has died: {await watch.Death.ConfigureAwait(false)}. The last lines of its log:\n"
            + await Log.TailAsync().ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override async Task<string?> FindFailureAsync(CancellationToken cancellationToken = default)
    {
        // Clients see the end of their sessions before the end of the server is known.
        if (!Exited.IsCompleted && await base.FindFailureAsync(cancellationToken).ConfigureAwait(false) is not null)
            await Task.WhenAny(Exited, Task.Delay(AnswerLimit, cancellationToken)).ConfigureAwait(false);
        return Exited.IsCompleted ? await watch.Death.ConfigureAwait(false) : null;
    }

    /// <summary>Who lost a session to a signal may ask before the postmaster knows of it: it still answers then, and ends all sessions
    /// as soon as it does. A session that ends in order first takes itself off the list.</summary>
    private protected override async Task<string?> FindFailureAsync(NpgsqlConnection session, CancellationToken cancellationToken)
    {
        if (!Directory.Exists("/proc/self")) return null;
        await using var list = new NpgsqlCommand("select pid from pg_stat_get_activity(null)", session);
        var ended = await EndedAsync().ConfigureAwait(false);
        ended = ended.Count == 0 ? ended : [.. (await EndedAsync().ConfigureAwait(false)).Intersect(ended)];
        return ended.Count == 0 ? null : $"a process of the server ({ended[0]}) was ended by a signal";

        async Task<List<int>> EndedAsync()
        {
            List<int> pids = [];
            await using var reader = await list.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) pids.Add(reader.GetInt32(0));
            pids.RemoveAll(pid => !ServerProcesses.HasEnded(pid));
            return pids;
        }
    }

    /// <summary>Stops the server and removes its data.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        await watch.DisposeAsync().ConfigureAwait(false);
        await guardian.DisposeAsync().ConfigureAwait(false);
        folder.Dispose();
        using var pool = new NpgsqlConnection(ConnectionString);
        NpgsqlConnection.ClearPool(pool);
    }

    static async Task<EmbeddedPostgres> StartOnceAsync(EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        var sweep = Task.Run(() => Leftovers.Sweep(ServerFolder.Places(options.DataFolder), ServerAccount.Current), cancellationToken);
        var cluster = PreparedCluster.Begin(options);
        Guardian? guardian = null;
        try
        {
            var port = !cluster.Tcp ? 5432 : options.Port != 0 ? options.Port : FreePort();
            guardian = Guardian.Start(cluster.Folder, cluster.Account, GuardianScript.Linger, [.. cluster.Command, "-p", $"{port}"]);
            if (Interlocked.Exchange(ref warmed, 1) == 0) _ = Task.Run(() => WarmAsync(cluster.ConnectionString(port)), CancellationToken.None);
            await cluster.FillAsync(options, cancellationToken).ConfigureAwait(false);
            guardian.Proceed();
            await WaitUntilReadyAsync(cluster, guardian, port, cancellationToken).ConfigureAwait(false);
            var connectionString = cluster.ConnectionString(port);
            var capabilities = await ReadCapabilitiesAsync(cluster, connectionString, cancellationToken).ConfigureAwait(false);
            await sweep.ConfigureAwait(false);
            return new(cluster.Folder, guardian, connectionString, capabilities);
        }
        catch (Exception exception)
        {
            if (guardian is not null) await guardian.DisposeAsync().ConfigureAwait(false);
            cluster.Folder.Dispose();
            if (!ResourceLimits.IsOwn(exception)) throw;
            throw new PostgresTestingException($"PostgreSQL could not be started: {ResourceLimits.Find([exception.Message, exception.InnerException?.Message ?? ""])}.", exception);
        }
    }

    // A setting may let the server start and no session in.
    static async Task<PostgresCapabilities> ReadCapabilitiesAsync(PreparedCluster cluster, string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await PostgresCapabilities.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException && !ResourceLimits.IsOwn(e))
        {
            var log = new PostgresLog(cluster.Folder.Log);
            throw StartFailure.Explain($"PostgreSQL started, but its first session failed: {e.Message.TrimEnd('.')}",
                await log.ReadAsync(0, cancellationToken).ConfigureAwait(false), await log.TailAsync().ConfigureAwait(false));
        }
    }

    // A process's first connection compiles a thousand methods: this one fails, but does so while the server starts.
    static async Task WarmAsync(string connectionString)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
            await connection.OpenAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The server is not there yet.
        }
    }

    // The postmaster notes in its pid file when it takes connections: looking is cheaper than trying to connect.
    static async Task WaitUntilReadyAsync(PreparedCluster cluster, Guardian guardian, int port, CancellationToken cancellationToken)
    {
        var pidFile = Path.Combine(cluster.Folder.Data, "postmaster.pid");
        while (!IsReady(pidFile))
        {
            if (guardian.Exited.IsCompleted)
            {
                var log = new PostgresLog(cluster.Folder.Log);
                var text = await log.ReadAsync(0, cancellationToken).ConfigureAwait(false);
                if (text.Contains("Address already in use", StringComparison.Ordinal))
                    throw new PortTakenException($"Port {port} of 127.0.0.1 is taken: choose another, or 0 for a free one (EmbeddedPostgresOptions.Port).");
                throw StartFailure.Explain($"PostgreSQL died while starting{(cluster.Tcp ? $" on port {port}" : "")}", text, await log.TailAsync().ConfigureAwait(false));
            }
            await Task.Delay(1, cancellationToken).ConfigureAwait(false);
        }
    }

    static bool IsReady(string pidFile)
    {
        try
        {
            return File.Exists(pidFile) && File.ReadAllText(pidFile).Contains("\nready", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // being written, on Windows
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    sealed class PortTakenException(string message) : Exception(message);
}
