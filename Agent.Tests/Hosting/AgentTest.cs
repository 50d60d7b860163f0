using System.Net.Http.Headers;
using System.Net.Http.Json;
using Agent.Database;
using Agent.Http;
using Agent.Testing;
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
    protected AgentDatabase Database => field ??= Db.ToAgentDatabase();

    /// <summary>The service provider of the shared agent.</summary>
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        route = hosts.Route(Db);
        output = RunningTests.Enter(Db.SchemaName);
    }

    public override async ValueTask DisposeAsync()
    {
        output?.Dispose();
        route?.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A client without a key.</summary>
    protected HttpClient MakeClient(string? apiKey = null, AgentHost? host = null)
    {
        var client = host is null && databases.Server is IAgentProcess process ? ClientOf(process) : ClientOf(host ?? hosts.Shared);
        if (apiKey is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return client;
    }

    HttpClient ClientOf(AgentHost host)
    {
        var client = host.CreateClient();
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
}
