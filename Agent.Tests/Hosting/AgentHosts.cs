using System.Collections.Concurrent;
using Agent.Database;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Postgres.Testing;

namespace Agent.Tests.Hosting;

/// <summary>
/// One running agent for all tests: starting one takes longer than most tests. Each request says in a header which test's schema it is for.
/// A test that needs other settings or another model makes an agent of its own.
/// </summary>
public class AgentHosts : IAsyncDisposable
{
    static readonly ConcurrentDictionary<string, AgentDatabase> Databases = [];
    readonly Lazy<AgentHost> shared = new(() => Make());
    readonly Lazy<AgentHost> served = new(() =>
    {
        var host = Make();
        host.UseKestrel(0);
        host.StartServer();
        return host;
    });

    /// <summary>A client of the shared agent.</summary>
    public virtual HttpClient CreateClient() => shared.Value.CreateClient();

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

    public virtual async ValueTask DisposeAsync()
    {
        if (shared.IsValueCreated)
            await shared.Value.DisposeAsync();
        if (served.IsValueCreated)
            await served.Value.DisposeAsync();
        GC.SuppressFinalize(this);
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

/// <summary>Two agents that know nothing of each other, behind a round-robin: every request goes to the one that did not have the last.</summary>
public sealed class ReplicatedHosts : AgentHosts
{
    readonly Lazy<AgentHost>[] replicas = [new(() => Make()), new(() => Make())];
    int requests;

    public override HttpClient CreateClient() => new(new RoundRobin(this)) { BaseAddress = new("http://localhost") };

    public override async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas.Where(r => r.IsValueCreated))
            await replica.Value.DisposeAsync();
        await base.DisposeAsync();
    }

    sealed class RoundRobin(ReplicatedHosts hosts) : HttpMessageHandler
    {
        readonly HttpMessageInvoker[] replicas = [.. hosts.replicas.Select(r => new HttpMessageInvoker(r.Value.Server.CreateHandler()))];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => replicas[Interlocked.Increment(ref hosts.requests) % replicas.Length].SendAsync(request, cancellationToken);
    }
}
