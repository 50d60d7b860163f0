using System.Collections.Concurrent;
using Agent.Database;
using Postgres.Testing;
#if ASPIRE
using Agent.Tests.Aspire;
using AppHost;
#endif

namespace Agent.Tests.Parity;

/// <summary>The servers that must answer alike, each started when the first test asks for it.</summary>
public sealed class ParityServers : IAsyncDisposable
{
    /// <summary>Connection string of one more server, whose database must be marked as disposable.</summary>
    public const string ExternalVariable = "AGENT_TESTS_PARITY_SERVER";

    public const string Embedded = "embedded";
    readonly ConcurrentDictionary<string, Lazy<Task<ParityServer>>> servers = new();

    public static TheoryData<string> Names { get; } = [Embedded, "container", "aspire-embedded", "external"];

    /// <summary>The server of that name; skips the test where this machine does not have it.</summary>
    public Task<ParityServer> GetAsync(string name)
    {
        // Not inside of the task: the reason to skip belongs to each test.
        Assert.SkipWhen(name == "external" && External is null, $"{ExternalVariable} names no server.");
#if !ASPIRE
        Assert.SkipWhen(name is "container" or "aspire-embedded", "Aspire was left out of this build (UseAspire=false).");
#endif
        return servers.GetOrAdd(name, key => new(() => StartAsync(key))).Value;
    }

    static string? External => Environment.GetEnvironmentVariable(ExternalVariable) is { Length: > 0 } value ? value : null;

    static async Task<ParityServer> StartAsync(string name)
    {
        PostgresServer server = name switch
        {
            Embedded => await EmbeddedPostgres.StartAsync(),
            "external" => await ExistingPostgres.ConnectAsync(External!, new() { Disposable = true }),
#if ASPIRE
            _ => await StartAspireAsync(name == "container" ? DatabaseKind.Container : DatabaseKind.Embedded),
#else
            _ => throw new ArgumentException(name),
#endif
        };
        var databases = await TestDatabases.CreateAsync(server, new()
        {
            Migrate = (connection, token) => Migrator.MigrateAsync(
                connection, new() { ConnectionString = "Host=lease", Type = DatabaseType.Test }, cancellationToken: token),
        });
        return new(server, databases);
    }

#if ASPIRE
    static async Task<PostgresServer> StartAspireAsync(DatabaseKind kind)
    {
        var problems = await AspirePreflight.OfThisMachine.FindProblemsAsync(kind, CancellationToken.None);
        Assert.SkipWhen(problems.Count > 0, string.Join(' ', problems));
        return await AspireServer.StartAsync(kind, new ResourceLogs());
    }
#endif

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers.Values.Where(server => server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
            await (await server.Value).DisposeAsync();
    }
}

/// <summary>A server with units that the agent's migrations made.</summary>
public sealed record ParityServer(PostgresServer Server, TestDatabases Databases) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Databases.DisposeAsync();
        await Server.DisposeAsync();
    }
}
