using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Agent.Tests.Aspire;

/// <summary>The AppHost did not start, or broke off: what is missing, or which resource is in which state and what it said last.</summary>
sealed class AspireException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    const int Lines = 15;

    /// <summary>What happened and why, and below it each resource with its state, failing checks, advice and last lines.</summary>
    public static string Describe(DistributedApplication? application, ResourceLogs logs, string what, string reason)
    {
        var text = new StringBuilder($"{what}: {reason}").AppendLine();
        if (application is null) return text.ToString();
        foreach (var resource in application.Services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            if (!application.ResourceNotifications.TryGetCurrentState(resource.Name, out var now) || now.Snapshot.IsHidden) continue;
            var snapshot = now.Snapshot;
            text.AppendLine($"── {resource.Name}: {snapshot.State?.Text ?? "unknown"}{(snapshot.HealthStatus is { } health ? $", {health}" : "")}"
                + $"{(snapshot.ExitCode is { } code ? $", exit code {code}" : "")}");
            foreach (var report in snapshot.HealthReports.Where(report => report.Status != Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy))
                text.AppendLine($"   {report.Name}: {report.Description ?? report.ExceptionText?.Split('\n')[0]}");
            if (Advice(snapshot.State?.Text, resource.Name) is { } advice) text.AppendLine($"   → {advice}");
            foreach (var line in logs.Last(resource.Name).Where(IsOurs).TakeLast(Lines)) text.AppendLine($"   | {line}");
        }
        return text.ToString();
    }

    // Of a stack trace, the frames of libraries say least and take most room.
    static bool IsOurs(string line)
        => !line.Contains("   at Microsoft.", StringComparison.Ordinal) && !line.Contains("   at System.", StringComparison.Ordinal);

    static string? Advice(string? state, string resource) => state switch
    {
        "ValueMissing" => $"Give it a value: Parameters__{resource.Replace('-', '_')}, or ConnectionStrings__{resource} for a connection string.",
        "RuntimeUnhealthy" => "Start the container runtime's engine, or use AGENT_TESTS_HOST=aspire-embedded.",
        "FailedToStart" => "The lines below say why. 'dotnet run --project AppHost' shows the same with a dashboard.",
        _ => null,
    };
}
