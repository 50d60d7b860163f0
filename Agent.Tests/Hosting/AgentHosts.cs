using System.Collections.Concurrent;
using Agent.Database;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Postgres.Testing;

namespace Agent.Tests.Hosting;

/// <summary>
/// One running agent for all tests: starting one takes longer than most tests. Each request says in a header which test's schema it is for.
/// A test that needs other settings starts an <see cref="AgentHost"/> of its own.
/// </summary>
public sealed class AgentHosts : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, AgentDatabase> databases = [];
    readonly Lazy<AgentHost> shared;
    readonly Lazy<AgentHost> served;

    public AgentHosts()
    {
        shared = new(Make);
        served = new(() =>
        {
            var host = Make();
            host.UseKestrel(0);
            host.StartServer();
            return host;
        });
    }

    /// <summary>The shared agent.</summary>
    public AgentHost Shared => shared.Value;

    /// <summary>Where an agent like the shared one listens on a real port, for what speaks HTTP itself, such as a browser.</summary>
    public Uri Served => served.Value.ClientOptions.BaseAddress;

    /// <summary>Lets requests that name the lease's schema reach it, until the result is disposed of.</summary>
    public IDisposable Route(TestDatabase lease)
    {
        databases[lease.SchemaName] = lease.ToAgentDatabase();
        return new Routed(() => databases.TryRemove(lease.SchemaName, out _));
    }

    public async ValueTask DisposeAsync()
    {
        if (shared.IsValueCreated)
            await shared.Value.DisposeAsync();
        if (served.IsValueCreated)
            await served.Value.DisposeAsync();
    }

    AgentHost Make() => new(services => services
        .AddHttpContextAccessor()
        .AddScoped<IDatabaseProvider>(provider => new LeaseProvider(this, provider.GetRequiredService<IHttpContextAccessor>())));

    sealed class LeaseProvider(AgentHosts hosts, IHttpContextAccessor accessor) : IDatabaseProvider
    {
        public AgentDatabase Current => hosts.databases[accessor.HttpContext!.Request.Headers[AgentHost.LeaseHeader].ToString()];
    }

    sealed class Routed(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
