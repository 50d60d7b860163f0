using Agent.Database;
using Agent.Models;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Agent.Http;

/// <summary>Ready when the database answers, has the extension, has been migrated, and has the vectors of the configured model.</summary>
sealed class DatabaseHealthCheck(AgentDatabase database, ModelInfo model) : IHealthCheck
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
            if (reader.GetBoolean(0) && reader.GetBoolean(1))
            {
                await database.GetCapabilitiesAsync(cancellationToken);
                await database.GetVectorTableAsync(model, cancellationToken);
            }
            return !reader.GetBoolean(0) ? new(context.Registration.FailureStatus, "The database has no extension 'vector'.")
                : !reader.GetBoolean(1) ? new(context.Registration.FailureStatus, "The schema has not been migrated.")
                : HealthCheckResult.Healthy();
        }
        catch (DatabaseConfigurationException e)
        {
            return new(context.Registration.FailureStatus, e.Message);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedColumn)
        {
            return new(context.Registration.FailureStatus, "The schema is of an older version: it has not been migrated to this one.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(context.Registration.FailureStatus, "The database does not answer.", e);
        }
    }
}
