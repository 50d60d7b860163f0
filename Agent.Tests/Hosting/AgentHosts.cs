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

    public AgentHosts() => shared = new(() => new AgentHost(services => services
        .AddHttpContextAccessor()
        .AddScoped<IDatabaseProvider>(provider => new LeaseProvider(this, provider.GetRequiredService<IHttpContextAccessor>()))));

    /// <summary>The shared agent.</summary>
    public AgentHost Shared => shared.Value;

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
    }

    sealed class LeaseProvider(AgentHosts hosts, IHttpContextAccessor accessor) : IDatabaseProvider
    {
        public AgentDatabase Current => hosts.databases[accessor.HttpContext!.Request.Headers[AgentHost.LeaseHeader].ToString()];
    }

    sealed class Routed(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
