using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace AppHost;

/// <summary>The container runtime that the orchestrator would use: <c>docker</c>, unless another is configured.</summary>
static class ContainerRuntime
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether its engine answers. One that is not installed, or not running, says so within milliseconds.</summary>
    public static bool Answers(IConfiguration configuration)
    {
        var runtime = configuration["DcpPublisher:ContainerRuntime"] ?? configuration["ASPIRE_CONTAINER_RUNTIME"] ?? "docker";
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
