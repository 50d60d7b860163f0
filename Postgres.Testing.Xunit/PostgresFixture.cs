using System.Diagnostics;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace Postgres.Testing.Xunit;

/// <summary>Assembly fixture: one server and one pool of units for all tests of the worker process.</summary>
/// <remarks>Derive from it, name the tables in <see cref="Options"/>, and register it with
/// <c>[assembly: AssemblyFixture(typeof(…))]</c>; test classes then derive from <see cref="DatabaseTest"/>. Works as a class or
/// collection fixture too.</remarks>
public abstract class PostgresFixture : IAsyncLifetime
{
    readonly SemaphoreSlim replacing = new(1);
    readonly List<WorkerServer> gone = [];
    WorkerServer? worker;
    LayerSettings? settings;
    TimeSpan startUp;
    string name = "";
    DateTimeOffset started;

    /// <summary>How the units are made. Isolation and worker count can be overridden, see <see cref="PostgresTestsAttribute"/>
    /// and <see cref="PostgresTestingEnvironment"/>.</summary>
    protected abstract TestDatabasesOptions Options { get; }

    /// <summary>The server of this worker. One that dies is replaced for the tests that follow, so that this is then another.</summary>
    /// <exception cref="InvalidOperationException">xunit has not initialized the fixture.</exception>
    public PostgresServer Server => (worker ?? throw NotInitialized()).Server;

    /// <summary>The units of this worker at the assembly's isolation; others once the server was replaced.</summary>
    /// <exception cref="InvalidOperationException">xunit has not initialized the fixture.</exception>
    public TestDatabases Databases => (worker ?? throw NotInitialized()).Databases;

    internal LayerSettings Settings => settings ?? throw NotInitialized();
    internal TestRunLog? Log { get; private set; }
    internal static Lanes Lanes { get; } = new();
    internal KeptUnits Kept { get; private set; } = new(0);

    /// <summary>Another fixture whose server this one makes its units on; null for a server of its own. For tests that want other tables
    /// than the rest, in a class fixture, say, which gets the assembly's fixture by its constructor. <see cref="StartServerAsync"/> is not called then.</summary>
    protected virtual PostgresFixture? SharesServerOf => null;

    /// <summary>Starts the server: an embedded one with room for all workers, unless a fixture says otherwise. Not called when
    /// <see cref="PostgresTestingEnvironment.Server"/> names a server.</summary>
    protected virtual async Task<PostgresServer> StartServerAsync(CancellationToken cancellationToken)
    {
        var (least, needed) = (new EmbeddedPostgresOptions().Workers, Settings.Options.Workers + Settings.Options.Spares);
        return await EmbeddedPostgres.StartAsync(new() { Workers = Math.Max(least, needed), Log = Say }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        // The fixture's class may be in an assembly that several test projects share.
        var tests = TestContext.Current.TestAssembly as IXunitTestAssembly;
        var assembly = tests?.Assembly ?? GetType().Assembly;
        var threads = XunitParallelism.Read(assembly, tests);
        name = assembly.GetName().Name!;
        var attribute = assembly.GetCustomAttribute<PostgresTestsAttribute>() ?? GetType().Assembly.GetCustomAttribute<PostgresTestsAttribute>();
        settings = LayerSettings.Read(Options, attribute, threads, Environment.GetEnvironmentVariable);
        Kept = new(settings.Keep, SharesServerOf?.Kept);
        if (settings.ReportFolder is { } folder)
        {
            Log = TestRunLog.Open(folder, name);
            TestSpan.CountCommands();
        }
        started = DateTimeOffset.UtcNow;
        var begun = Stopwatch.GetTimestamp();
        worker = await StartWorkerAsync(token).ConfigureAwait(false);
        startUp = Stopwatch.GetElapsedTime(begun);
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        // Who has the server holds it at its own end, and until then what was kept on it.
        if (SharesServerOf is { } owner && Kept.Any && Settings.Hold > TimeSpan.Zero) await owner.TakeOverAsync([.. gone, worker!]).ConfigureAwait(false);
        else await EndAsync().ConfigureAwait(false);
        Log?.Dispose();
        replacing.Dispose();
    }

    async ValueTask EndAsync()
    {
        if (settings is { } set) await Kept.HoldAsync(set.Hold).ConfigureAwait(false);
        foreach (var dead in gone) await dead.DisposeAsync().ConfigureAwait(false);
        if (worker is null) return;
        await worker.DisposeAsync().ConfigureAwait(false);
        if (worker.OwnsServer) Log?.Write(Record(worker));
    }

    async Task TakeOverAsync(IReadOnlyCollection<WorkerServer> left)
    {
        await replacing.WaitAsync().ConfigureAwait(false);
        gone.AddRange(left);
        replacing.Release();
    }

    /// <summary>The server for a test that begins: the one there is, or another when that is gone.</summary>
    internal async Task<WorkerServer> WorkerAsync(CancellationToken cancellationToken)
    {
        await replacing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var there = worker ?? throw NotInitialized();
            if (!there.IsGone || await there.FindFailureAsync().ConfigureAwait(false) is null) return there;
            // Its data goes at once; who still has a lease of it finds that out.
            if (there.OwnsServer) await there.Server.DisposeAsync().ConfigureAwait(false);
            worker = await StartWorkerAsync(cancellationToken).ConfigureAwait(false);
            gone.Add(there);
            return worker;
        }
        finally
        {
            replacing.Release();
        }
    }

    async Task<WorkerServer> StartWorkerAsync(CancellationToken cancellationToken)
    {
        if (SharesServerOf is { } other)
            return await FilledAsync(new((await other.WorkerAsync(cancellationToken).ConfigureAwait(false)).Server, Settings.Options, ownsServer: false), cancellationToken).ConfigureAwait(false);
        var server = Settings.Server is { } connectionString
            ? await ExistingPostgres.ConnectAsync(connectionString, new() { Disposable = true }, cancellationToken).ConfigureAwait(false)
            : await StartServerAsync(cancellationToken).ConfigureAwait(false);
        return await FilledAsync(new(server, Settings.Options, ownsServer: true) { Memory = Log is null ? null : new(server) }, cancellationToken).ConfigureAwait(false);
    }

    static async Task<WorkerServer> FilledAsync(WorkerServer worker, CancellationToken cancellationToken)
    {
        try
        {
            await worker.FillAsync(cancellationToken).ConfigureAwait(false);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // `dotnet test` shows what xunit sends, where its diagnostic messages are wanted, and not standard error.
    void Say(string line)
    {
        Console.Error.WriteLine($"{name}: {line}");
        TestContext.Current.SendDiagnosticMessage(line);
    }

    WorkerRecord Record(WorkerServer last) => new()
    {
        Worker = name,
        Started = started,
        Ended = DateTimeOffset.UtcNow,
        StartUpMs = startUp.TotalMilliseconds,
        PeakPssBytes = gone.Append(last).Max(each => each.Memory?.Peak),
        Workers = Settings.Options.Workers,
        Server = $"PostgreSQL {last.Server.Capabilities.ServerVersion}" + (last.Server.Capabilities.VectorVersion is { } vector ? $", pgvector {vector}" : ""),
    };

    InvalidOperationException NotInitialized() => new(
        $"{GetType().Name} has not been initialized by xunit. Register it with [assembly: AssemblyFixture(typeof({GetType().Name}))].");
}
