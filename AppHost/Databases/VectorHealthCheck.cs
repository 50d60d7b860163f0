using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Postgres.Testing;

namespace AppHost;

/// <summary>Healthy when the <c>vector</c> extension answers. Brings the extension in once, at the first contact.</summary>
/// <remarks>Nothing that waits for the database can therefore start before the extension is there; nobody else makes it.
/// If it is lost later, the check says so instead of mending what somebody did on purpose.</remarks>
sealed class VectorHealthCheck(Func<CancellationToken, ValueTask<string?>> connectionString, DatabaseAnnotation? database) : IHealthCheck
{
    const string Ask = $"select '[3,4]'::{PostgresServer.ExtensionSchema}.vector operator({PostgresServer.ExtensionSchema}.<->) '[0,0]'";

    // Two workers on one warm server may both come first: the lock lets one of them do it.
    const string Create = $"""
        select pg_advisory_xact_lock(hashtext('extension vector'));
        create schema if not exists {PostgresServer.ExtensionSchema};
        create extension if not exists vector schema {PostgresServer.ExtensionSchema};
        """;

    // The orchestrator asks again only after a second or more; a server that starts is ready sooner.
    static readonly TimeSpan patience = TimeSpan.FromSeconds(3);
    static readonly TimeSpan pause = TimeSpan.FromMilliseconds(50);
    volatile bool created;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var watch = Stopwatch.StartNew();
        while (database is { Exists: false })
        {
            if (watch.Elapsed > patience) return HealthCheckResult.Unhealthy($"The database {database.DatabaseName} has not been made yet.");
            await Task.Delay(pause, cancellationToken);
        }
        while (true)
        {
            try
            {
                await AskAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (NpgsqlException e) when (created || watch.Elapsed > patience)
            {
                return HealthCheckResult.Unhealthy(created
                    ? $"The vector extension does not answer: {e.Message}. If it was dropped, run: create extension vector schema {PostgresServer.ExtensionSchema}"
                    : $"The server does not answer yet: {e.Message}", e);
            }
            catch (NpgsqlException)
            {
                await Task.Delay(pause, cancellationToken);
            }
        }
    }

    async Task AskAsync(CancellationToken cancellationToken)
    {
        // Without a pool: a pooled connection would keep the database from being dropped or used as a template.
        await using var connection = new NpgsqlConnection($"{await connectionString(cancellationToken)};Pooling=false;Timeout=2");
        await connection.OpenAsync(cancellationToken);
        if (!created)
        {
            await using var create = new NpgsqlCommand(Create, connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
            created = true;
        }
        await using var ask = new NpgsqlCommand(Ask, connection);
        await ask.ExecuteScalarAsync(cancellationToken);
    }
}

static class VectorHealthCheckExtensions
{
    /// <summary>Makes the resource healthy only while the <c>vector</c> extension answers.</summary>
    /// <param name="builder">A server, or a database of one.</param>
    /// <param name="database">The database, which the server makes when it is ready; null asks in the server's own.</param>
    public static IResourceBuilder<T> WithVectorHealthCheck<T>(this IResourceBuilder<T> builder, DatabaseAnnotation? database = null)
        where T : IResourceWithConnectionString
    {
        var key = $"{builder.Resource.Name}_vector";
        var check = new VectorHealthCheck(async token =>
            await builder.Resource.GetConnectionStringAsync(token) + (database is null ? ";Database=postgres" : ""), database);
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new(key, check, HealthStatus.Unhealthy, tags: null));
        return builder.WithHealthCheck(key);
    }
}
