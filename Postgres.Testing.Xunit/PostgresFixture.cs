using System.Collections.Concurrent;
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
    readonly ConcurrentDictionary<TestIsolation, Lazy<Task<TestDatabases>>> pools = [];
    PostgresServer? server;
    LayerSettings? settings;
    TestDatabases? databases;
    TimeSpan startUp;
    MemoryWatch? memory;

    /// <summary>How the units are made. Isolation and worker count can be overridden, see <see cref="PostgresTestsAttribute"/>
    /// and <see cref="PostgresTestingEnvironment"/>.</summary>
    protected abstract TestDatabasesOptions Options { get; }

    /// <summary>The server of this worker.</summary>
    /// <exception cref="InvalidOperationException">xunit has not initialized the fixture.</exception>
    public PostgresServer Server => server ?? throw NotInitialized();

    /// <summary>The units of this worker at the assembly's isolation.</summary>
    /// <exception cref="InvalidOperationException">xunit has not initialized the fixture.</exception>
    public TestDatabases Databases => databases ?? throw NotInitialized();

    internal LayerSettings Settings => settings ?? throw NotInitialized();
    internal TestRunLog? Log { get; private set; }
    internal Lanes Lanes { get; } = new();
    internal KeptUnits Kept { get; private set; } = new(0);

    /// <summary>Starts the server: an embedded one, unless a fixture says otherwise. Not called when
    /// <see cref="PostgresTestingEnvironment.Server"/> names a server.</summary>
    protected virtual async Task<PostgresServer> StartServerAsync(CancellationToken cancellationToken)
        => await EmbeddedPostgres.StartAsync(cancellationToken: cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        var assembly = GetType().Assembly;
        var threads = XunitParallelism.Read(assembly, TestContext.Current.TestAssembly as IXunitTestAssembly);
        settings = LayerSettings.Read(Options, assembly.GetCustomAttribute<PostgresTestsAttribute>(), threads, Environment.GetEnvironmentVariable);
        Kept = new(settings.Keep);
        if (settings.ReportFolder is { } folder)
        {
            Log = TestRunLog.Open(folder, assembly.GetName().Name!);
            TestSpan.CountCommands();
        }
        var begun = Stopwatch.GetTimestamp();
        server = settings.Server is { } connectionString
            ? await ExistingPostgres.ConnectAsync(connectionString, new() { Disposable = true }, token).ConfigureAwait(false)
            : await StartServerAsync(token).ConfigureAwait(false);
        databases = await PoolAsync(settings.Options.Isolation, token).ConfigureAwait(false);
        startUp = Stopwatch.GetElapsedTime(begun);
        if (Log is not null) memory = new(server);
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        if (settings is { } set) await Kept.HoldAsync(set.Hold).ConfigureAwait(false);
        if (memory is not null) await memory.DisposeAsync().ConfigureAwait(false);
        if (Log is not null && server is not null) Log.Write(Record(server));
        foreach (var pool in pools.Values)
        {
            if (pool.Value.IsCompletedSuccessfully)
                await (await pool.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        if (server is not null) await server.DisposeAsync().ConfigureAwait(false);
        Log?.Dispose();
        GC.SuppressFinalize(this);
    }

    internal Task<TestDatabases> PoolAsync(TestIsolation isolation, CancellationToken cancellationToken)
        => pools.GetOrAdd(isolation, level => new(() => TestDatabases.CreateAsync(Server, Settings.Options with { Isolation = level }, CancellationToken.None)))
            .Value.WaitAsync(cancellationToken);

    WorkerRecord Record(PostgresServer running) => new()
    {
        Worker = GetType().Assembly.GetName().Name!,
        StartUpMs = startUp.TotalMilliseconds,
        PeakPssBytes = memory?.Peak,
        Workers = Settings.Options.Workers,
        Server = $"PostgreSQL {running.Capabilities.ServerVersion}" + (running.Capabilities.VectorVersion is { } vector ? $", pgvector {vector}" : ""),
    };

    InvalidOperationException NotInitialized() => new(
        $"{GetType().Name} has not been initialized by xunit. Register it with [assembly: AssemblyFixture(typeof({GetType().Name}))].");
}
