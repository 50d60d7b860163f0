using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace AppHost;

/// <summary>The container runtime that the orchestrator would use: the configured one, else that of <c>docker</c> and <c>podman</c> whose engine runs.</summary>
public static class ContainerRuntime
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    /// <summary>The runtime whose engine answers; null when none does. One that is not installed, or not running, says so within milliseconds.</summary>
    public static string? Find(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string[] names = Configured(configuration) is { } name ? [name] : ["docker", "podman"];
        return Array.Find(names, Answers);
    }

    /// <summary>The runtime that is configured; null when none is.</summary>
    public static string? Configured(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        string?[] names = [configuration["DcpPublisher:ContainerRuntime"], configuration["ASPIRE_CONTAINER_RUNTIME"]];
        return Array.Find(names, name => !string.IsNullOrEmpty(name));
    }

    static bool Answers(string runtime)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(runtime, ["ps", "--quiet", "--last", "1"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            if (process.WaitForExit(patience)) return process.ExitCode == 0;
            process.Kill();
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
