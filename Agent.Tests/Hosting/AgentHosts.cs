using System.Collections.Concurrent;
using Agent.Database;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Postgres.Testing;

namespace Agent.Tests.Hosting;

/// <summary>
/// One running agent for all tests, or several behind a round-robin: starting one takes longer than most tests. Each request says in a header
/// which test's schema it is for. A test that needs other settings or another model makes an agent of its own.
/// </summary>
public class AgentHosts : IAsyncDisposable
{
    static readonly ConcurrentDictionary<string, AgentDatabase> Databases = [];
    readonly Lazy<AgentHost>[] replicas;
    readonly Lazy<AgentHost> served = new(() =>
    {
        var host = Make();
        host.UseKestrel(0);
        host.StartServer();
        return host;
    });
    int requests;

    public AgentHosts() : this(TestScale.Replicas)
    {
    }

    protected AgentHosts(int replicas) => this.replicas = [.. Enumerable.Range(0, replicas).Select(_ => new Lazy<AgentHost>(() => Make()))];

    /// <summary>Whether every request goes to another agent than the last one did.</summary>
    public bool AreReplicated => replicas.Length > 1;

    /// <summary>A client of the shared agent, or of all of them in turn.</summary>
    public HttpClient CreateClient()
        => AreReplicated ? new(new RoundRobin(this)) { BaseAddress = new("http://localhost") } : replicas[0].Value.CreateClient();

    /// <summary>Another agent.</summary>
    /// <param name="services">What differs, such as the model.</param>
    /// <param name="settings">Settings that differ.</param>
    public static AgentHost Make(Action<IServiceCollection>? services = null, IReadOnlyDictionary<string, string?>? settings = null)
        => new(registered =>
        {
            registered.AddHttpContextAccessor().AddScoped<IDatabaseProvider, LeaseProvider>();
            services?.Invoke(registered);
        }, settings);

    /// <summary>Where an agent like the shared one listens on a real port, for what speaks HTTP itself, such as a browser.</summary>
    public Uri Served => served.Value.ClientOptions.BaseAddress;

    /// <summary>Lets requests that name the lease's schema reach it, until the result is disposed of.</summary>
    public static IDisposable Route(TestDatabase lease, AgentDatabase database)
    {
        Databases[lease.SchemaName] = database;
        return new Routed(lease.SchemaName);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in replicas.Append(served).Where(h => h.IsValueCreated))
            await host.Value.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    sealed class RoundRobin(AgentHosts hosts) : HttpMessageHandler
    {
        readonly HttpMessageInvoker[] replicas = [.. hosts.replicas.Select(r => new HttpMessageInvoker(r.Value.Server.CreateHandler()))];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => replicas[(uint)Interlocked.Increment(ref hosts.requests) % replicas.Length].SendAsync(request, cancellationToken);
    }

    sealed class LeaseProvider(IHttpContextAccessor accessor) : IDatabaseProvider
    {
        public AgentDatabase Current => Databases[accessor.HttpContext!.Request.Headers[AgentHost.LeaseHeader].ToString()];
    }

    sealed class Routed(string schema) : IDisposable
    {
        public void Dispose() => Databases.TryRemove(schema, out _);
    }
}

/// <summary>Two agents that know nothing of each other, whatever the other tests use.</summary>
public sealed class ReplicatedHosts() : AgentHosts(replicas: 2);
