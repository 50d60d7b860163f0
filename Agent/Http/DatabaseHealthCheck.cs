using Agent.Database;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Agent.Http;

/// <summary>Ready when the database answers, has the extension, and has been migrated.</summary>
sealed class DatabaseHealthCheck(AgentDatabase database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.DataSource.CreateCommand("""
                select exists (select from pg_extension where extname = 'vector'), to_regclass('vectors') is not null
                """);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return !reader.GetBoolean(0) ? new(context.Registration.FailureStatus, "The database has no extension 'vector'.")
                : !reader.GetBoolean(1) ? new(context.Registration.FailureStatus, "The schema has not been migrated.")
                : HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(context.Registration.FailureStatus, "The database does not answer.", e);
        }
    }
}
