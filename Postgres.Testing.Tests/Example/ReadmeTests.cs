using System.Runtime.CompilerServices;

namespace Postgres.Testing.Tests.Example;

public class ReadmeTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("Postgres.Testing.Xunit/README.md")]
    public void The_readme_shows_the_example_that_is_compiled_and_run(string readme)
    {
        var root = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));
        var example = File.ReadAllText(Path.Combine(root, "Postgres.Testing.Tests", "Example", "NotesTests.cs")).ReplaceLineEndings("\n");
        Assert.Contains($"```csharp\n{example}```\n", File.ReadAllText(Path.Combine(root, readme)).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SharedServer")]
    [InlineData("Rollback")]
    [InlineData("ServerPerTest")]
    [InlineData("Gradual")]
    public void The_migration_guide_shows_code_that_is_compiled_and_run(string file)
    {
        var root = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));
        var guide = File.ReadAllText(Path.Combine(root, "docs", "migrating.md")).ReplaceLineEndings("\n");
        var code = File.ReadAllText(Path.Combine(root, "Postgres.Testing.Tests", "Migrating", file + ".cs")).ReplaceLineEndings("\n");
        var regions = code.Split("// region ").Skip(1).Select(region => region[(region.IndexOf('\n', StringComparison.Ordinal) + 1)..region.IndexOf("// endregion", StringComparison.Ordinal)]);
        Assert.All(regions, region => Assert.Contains($"```csharp\n{region}```\n", guide, StringComparison.Ordinal));
    }

    static string Here([CallerFilePath] string path = "") => path;
}
