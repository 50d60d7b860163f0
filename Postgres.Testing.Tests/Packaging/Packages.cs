using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Postgres.Testing.Tests.Packaging;

/// <summary>Both packages in a folder of their own.</summary>
public sealed class Packages : IAsyncLifetime
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    /// <summary>Where restored packages lie.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public string Folder { get; } = Directory.CreateTempSubdirectory("packages ").FullName;

    public string Version => Path.GetFileNameWithoutExtension(Directory.GetFiles(Folder, "Postgres.Testing.Xunit.*.nupkg").Single())["Postgres.Testing.Xunit.".Length..];

    public async ValueTask InitializeAsync()
    {
        var configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;
        var project = Path.Combine(Folder, "pack.proj");
        await File.WriteAllTextAsync(project, $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{Root}/Postgres.Testing/Postgres.Testing.csproj;{Root}/Postgres.Testing.Xunit/Postgres.Testing.Xunit.csproj" Targets="Pack"
                         Properties="NoBuild=true;Configuration={configuration};PackageOutputPath={Folder}" />
              </Target>
            </Project>
            """);
        var (exitCode, text) = await DotnetAsync(Folder, "msbuild", project, "-nologo", "-v:q", "-t:Pack");
        Assert.True(exitCode == 0, text);
    }

    /// <summary>The version that this repository uses.</summary>
    public static string VersionOf(string package)
        => XDocument.Load(Path.Combine(Root, "Directory.Packages.props")).Descendants("PackageVersion").Single(e => e.Attribute("Include")!.Value == package).Attribute("Version")!.Value;

    public static async Task<(int ExitCode, string Text)> DotnetAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // Nothing of the run that this is part of, and no process that outlives it.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || n.StartsWith("POSTGRES_TESTING_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, string.Concat(texts));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    static string Here([CallerFilePath] string path = "") => path;
}
