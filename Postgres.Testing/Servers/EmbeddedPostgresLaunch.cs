namespace Postgres.Testing;

/// <summary>A prepared server for an orchestrator to run as an executable: made by <see cref="EmbeddedPostgres.PrepareAsync"/>.</summary>
/// <remarks>
/// One launch is for one run: the data goes when the executable ends, so a restart needs another launch. SIGTERM stops the
/// server tidily. It also stops, and its data goes, when this object is disposed of or the process that made it ends.
/// The server's log appears on standard output, and its warnings and errors on standard error, where orchestrators look for them.
/// </remarks>
public sealed class EmbeddedPostgresLaunch : IAsyncDisposable
{
    readonly PreparedCluster cluster;
    readonly FileStream owner;

    internal EmbeddedPostgresLaunch(PreparedCluster cluster)
    {
        this.cluster = cluster;
        var pipe = Path.Combine(cluster.Folder.Path, GuardianScript.OwnerPipe);
        Posix.MakeNamedPipe(pipe);
        if (cluster.Account is { } account) Posix.ChangeOwner(pipe, account.UserId, account.GroupId);
        // Open for both directions does not wait for the other side.
        owner = new(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        cluster.Folder.Write(GuardianScript.Name, GuardianScript.Text, cluster.Account);
        Arguments = [.. Guardian.Arguments(cluster.Folder, cluster.Account, GuardianScript.Leave, cluster.Command)];
        Log = new(cluster.Folder.Log);
        cluster.Folder.Owner = this;
    }

    /// <summary>The program to run. It is the same for all launches of a machine.</summary>
    public string Executable { get; } = "/bin/sh";

    /// <summary>Its arguments. Two more must follow: <c>-p</c> and the port of 127.0.0.1 to listen on.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>A folder to run it in; any other will do.</summary>
    public string WorkingFolder { get; } = "/";

    /// <summary>Role that owns the server.</summary>
    public string UserName { get; } = "postgres";

    /// <summary>Its password: that of the options, or a random one.</summary>
    public string Password => cluster.Password!;

    /// <summary>Database that is there from the start, with <c>vector</c> in <see cref="PostgresServer.ExtensionSchema"/>.</summary>
    public string Database { get; } = "postgres";

    /// <summary>The server's log.</summary>
    public PostgresLog Log { get; }

    /// <summary>Npgsql connection string for the port that the server was given.</summary>
    public string ConnectionString(int port) => cluster.ConnectionString(port);

    /// <summary>Stops the server, if it still runs, and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        await owner.DisposeAsync().ConfigureAwait(false);
        for (var wait = 0; wait < 100 && File.Exists(Path.Combine(cluster.Folder.Data, "postmaster.pid")); wait++)
            await Task.Delay(20).ConfigureAwait(false);
        cluster.Folder.Dispose();
    }
}
