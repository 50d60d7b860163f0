using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using AppHost;
using Microsoft.Extensions.Configuration;

namespace Agent.Tests.Aspire;

/// <summary>Says within a second what a start would find out after 15 to 30: what this machine lacks to run the AppHost.</summary>
sealed record AspirePreflight(IConfiguration Configuration)
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    /// <summary>The settings that Aspire itself would see.</summary>
    public static AspirePreflight OfThisMachine { get; } = new(new ConfigurationBuilder().AddEnvironmentVariables().Build());

    string? runtime;

    string Runtime => runtime ??= ContainerRuntime.Find(Configuration) ?? ContainerRuntime.Configured(Configuration) ?? "docker";

    /// <summary>What keeps the AppHost from starting with such a database, and what to do about it; empty when nothing does.</summary>
    public async Task<IReadOnlyList<string>> FindProblemsAsync(DatabaseKind database, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        if (Orchestrator() is { } missing) problems.Add(missing);
        if (database == DatabaseKind.Container && await ContainerAsync(cancellationToken) is { } problem) problems.Add(problem);
        if (database == DatabaseKind.External && string.IsNullOrEmpty(Configuration.GetConnectionString("agentdb")))
            problems.Add("The external database has no connection string. Set ConnectionStrings__agentdb to that of a disposable server.");
        return problems;
    }

    /// <summary>Whether the runtime still knows a container.</summary>
    public async Task<bool> HasContainerAsync(string id, CancellationToken cancellationToken)
        => (await RunAsync(["container", "inspect", "--format", "{{.Id}}", id], cancellationToken)).ExitCode == 0;

    /// <summary>Removes a container that was kept warm.</summary>
    public Task RemoveContainerAsync(string name, CancellationToken cancellationToken)
        => RunAsync(["rm", "--force", "--volumes", name], cancellationToken);

    string? Orchestrator()
    {
        var path = Configuration["DcpPublisher:CliPath"]
            ?? (Configuration["ASPIRE_DCP_PATH"] is { Length: > 0 } folder ? Path.Combine(folder, OperatingSystem.IsWindows() ? "dcp.exe" : "dcp") : null)
            ?? typeof(Projects.AppHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .FirstOrDefault(metadata => metadata.Key.Equals("DcpCliPath", StringComparison.OrdinalIgnoreCase))?.Value;
        return path is not null && File.Exists(path) ? null
            : $"Aspire's orchestrator is not at '{path}'. Run 'dotnet restore AppHost' and 'dotnet build AppHost', or set ASPIRE_DCP_PATH to the folder that has it.";
    }

    async Task<string?> ContainerAsync(CancellationToken cancellationToken)
    {
        var image = $"{PgVectorImage.Registry}/{PgVectorImage.Name}:{PgVectorImage.Tag}";
        var (exitCode, output) = await RunAsync(["image", "inspect", "--format", "{{.Id}}", image], cancellationToken);
        return exitCode switch
        {
            0 => null,
            null => $"The container runtime '{Runtime}' {output}. Install and start it, name another with ASPIRE_CONTAINER_RUNTIME, or do without: AGENT_TESTS_HOST=aspire-embedded.",
            _ when output.Contains("No such image", StringComparison.OrdinalIgnoreCase) || output.Contains("not known", StringComparison.OrdinalIgnoreCase)
                => $"The image {image} is not on this machine. Run: {Runtime} pull {image}",
            _ => $"The container runtime '{Runtime}' does not answer ({output.Trim()}). Start its engine, or do without: AGENT_TESTS_HOST=aspire-embedded.",
        };
    }

    async Task<(int? ExitCode, string Output)> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(Runtime, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output);
        }
        catch (Win32Exception)
        {
            return (null, "is not installed");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process?.Kill();
            return (null, $"did not answer within {patience.TotalSeconds:0} s");
        }
        finally
        {
            process?.Dispose();
        }
    }
}
