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

    static string Here([CallerFilePath] string path = "") => path;
}
