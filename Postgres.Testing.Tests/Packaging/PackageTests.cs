using System.IO.Compression;
using System.Xml.Linq;

namespace Postgres.Testing.Tests.Packaging;

/// <summary>The packages, made from what is built already.</summary>
public class PackageTests(Packages packages) : IClassFixture<Packages>
{
    /// <summary>Set to 1, the slow test runs, too: it restores and builds a project.</summary>
    const string Slow = "POSTGRES_TESTING_TESTS_PACKAGES";

    [Theory]
    [InlineData("Postgres.Testing", "Npgsql")]
    [InlineData("Postgres.Testing.Xunit", "Postgres.Testing")]
    public void A_package_has_its_readme_documentation_and_symbols(string id, string dependency)
    {
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(packages.Folder, $"{id}.0*.nupkg")));
        var entries = package.Entries.ToDictionary(entry => entry.FullName, entry => entry.Length);
        Assert.Contains($"lib/net10.0/{id}.dll", entries);
        Assert.True(entries[$"lib/net10.0/{id}.xml"] > 1000);
        using var manifest = package.GetEntry($"{id}.nuspec")!.Open();
        var metadata = XDocument.Load(manifest).Descendants().Where(e => !e.HasElements || e.Name.LocalName == "dependency").ToLookup(e => e.Name.LocalName);
        Assert.True(entries[metadata["readme"].Single().Value] > 500);
        Assert.NotEmpty(metadata["description"].Single().Value);
        Assert.Equal("MIT", metadata["license"].Single().Value);
        Assert.Contains(metadata["dependency"], d => d.Attribute("id")!.Value == dependency);
        // Tests of the library are no part of it, and nothing else that a package has is of this machine.
        Assert.DoesNotContain(metadata["dependency"], d => d.Attribute("id")!.Value.EndsWith(".Tests", StringComparison.Ordinal));

        using var symbols = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(packages.Folder, $"{id}.0*.snupkg")));
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/{id}.pdb");
    }

    [Fact]
    public async Task A_project_elsewhere_restores_them_and_runs_the_example_of_the_readme()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Slow) == "1", $"Restores and builds a project: set {Slow}=1 to run it.");
        var folder = Directory.CreateTempSubdirectory("scratch project ").FullName;
        try
        {
            var readme = await File.ReadAllTextAsync(Path.Combine(Packages.Root, "README.md"), TestContext.Current.CancellationToken);
            var example = readme.ReplaceLineEndings("\n").Split("```csharp\n")[1].Split("```")[0];
            await WriteAsync(folder, "NotesTests.cs", example);
            await WriteAsync(folder, "Notes.Tests.csproj", $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <TargetFramework>net10.0</TargetFramework>
                    <Nullable>enable</Nullable>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <OutputType>Exe</OutputType>
                    <RestoreAdditionalProjectSources>{packages.Folder}</RestoreAdditionalProjectSources>
                    <RestorePackagesPath>packages</RestorePackagesPath>
                    <RestoreFallbackFolders>{Packages.Cache}</RestoreFallbackFolders>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="Microsoft.NET.Test.Sdk" Version="{Packages.VersionOf("Microsoft.NET.Test.Sdk")}" />
                    <PackageReference Include="xunit.v3" Version="{Packages.VersionOf("xunit.v3")}" />
                    <PackageReference Include="xunit.runner.visualstudio" Version="{Packages.VersionOf("xunit.runner.visualstudio")}" />
                    <PackageReference Include="Postgres.Testing.Xunit" Version="{packages.Version}" />
                  </ItemGroup>
                </Project>
                """);
            var (exitCode, text) = await Packages.DotnetAsync(folder, "test", "--nologo");
            Assert.True(exitCode == 0, text);
            Assert.Matches(@"Passed:\s+2\b", text);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static Task WriteAsync(string folder, string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, name), text, TestContext.Current.CancellationToken);
}
