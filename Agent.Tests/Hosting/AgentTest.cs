using System.Net.Http.Headers;
using System.Net.Http.Json;
using Agent.Database;
using Agent.Http;
using Agent.Memory;
using Agent.Models;
using Agent.Models.Embeddings;
using Agent.Security;
using Agent.Testing;
using Microsoft.Extensions.AI;
using Postgres.Testing.Xunit;

namespace Agent.Tests.Hosting;

/// <summary>A user of one test, and a client that speaks as them.</summary>
public sealed record TestUser(Guid UserId, string Email, string ApiKey, HttpClient Client);

/// <summary>Base of tests of the agent: a clean schema, and a client of the agent that works on it.</summary>
public abstract class AgentTest(AgentDatabases databases, AgentHosts hosts) : DatabaseTest(databases)
{
    static readonly SocketsHttpHandler connections = new();
    static long leases;
    readonly long leaseNumber = Interlocked.Increment(ref leases);
    IDisposable? route;
    IDisposable? output;
    int users;

    protected AgentHosts Hosts => hosts;

    /// <summary>The agent's view of the test's schema.</summary>
    protected AgentDatabase Database { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Database = Db.ToAgentDatabase();
        route = AgentHosts.Route(Db, Database);
        output = RunningTests.Enter(Db.SchemaName);
    }

    public override async ValueTask DisposeAsync()
    {
        output?.Dispose();
        route?.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>A client of the shared agent, or of <paramref name="host"/>.</summary>
    protected HttpClient MakeClient(string? apiKey = null, AgentHost? host = null)
    {
        var client = host is null && !hosts.AreReplicated && databases.Agent is { } process
            ? ClientOf(process)
            : ClientOf(host?.CreateClient() ?? hosts.CreateClient());
        if (apiKey is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return client;
    }

    HttpClient ClientOf(HttpClient client)
    {
        client.DefaultRequestHeaders.Add(AgentHost.LeaseHeader, Db.SchemaName);
        return client;
    }

    HttpClient ClientOf(IAgentProcess process)
    {
        var client = new HttpClient(connections, disposeHandler: false) { BaseAddress = process.Address };
        client.DefaultRequestHeaders.Add(TestLease.Header, new TestLease(Db.SchemaName, leaseNumber).Sign(process.LeaseKey));
        return client;
    }

    /// <summary>Signs a user up through the API.</summary>
    protected async Task<TestUser> MakeUserAsync(string? email = null, string? password = null, string? name = null, AgentHost? host = null)
    {
        email ??= $"user{Interlocked.Increment(ref users)}@example.org";
        using var client = MakeClient(host: host);
        var response = await client.PostAsJsonAsync("/api/users", new { email, password, name }, Cancellation);
        var user = await response.ReadAsync<UserCreated>();
        return new(user.UserId, user.Email, user.ApiKey, MakeClient(user.ApiKey, host));
    }

    /// <summary>Makes another key for a user.</summary>
    protected static async Task<KeyCreated> MakeApiKeyAsync(TestUser user, double? expiresInDays = null)
        => await (await user.Client.PostAsJsonAsync("/api/keys", new { name = "test", expiresInDays }, Cancellation)).ReadAsync<KeyCreated>();

    /// <summary>The agent without HTTP, for tests that need a model of their own.</summary>
    protected CareerAgent MakeAgent(
        IChatClient chat, AgentOptions? options = null, IEmbeddingGenerator<string, Embedding<float>>? embeddings = null, AgentDatabase? database = null)
        => CareerAgent.Create(database ?? Database, chat, embeddings ?? new HashedEmbeddingGenerator(), ModelInfo.Offline, options);

    /// <summary>A user and a thread without HTTP.</summary>
    protected async Task<(Guid UserId, Guid ThreadId)> MakeThreadAsync(string email = "ada@example.org")
    {
        var provider = new SingleDatabaseProvider(Database);
        var (account, _) = await new Accounts(provider).CreateAsync(email, null, null, null, Cancellation);
        var thread = await new ThreadStore(provider, new()).CreateAsync(account.UserId, null, Cancellation);
        return (account.UserId, thread.ThreadId);
    }

    /// <summary>All messages of a thread, oldest first.</summary>
    protected async Task<IReadOnlyList<StoredMessage>> MessagesAsync(Guid userId, Guid threadId)
        => (await new ThreadStore(new SingleDatabaseProvider(Database), new()).MessagesAsync(userId, threadId, null, 100, Cancellation)).Items;

    /// <summary>One value, as the server's own superuser: what is really there, past every wall.</summary>
    protected async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Db.DataSource.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    /// <summary>Waits until a count is reached; a bounded wait, for what another session does.</summary>
    protected async Task WaitForAsync(string count, long expected, params object[] values)
    {
        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        while (await ScalarAsync<long>(count, values) < expected)
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(1), $"Waited in vain for: {count}");
            await Task.Delay(10, Cancellation);
        }
    }
}
