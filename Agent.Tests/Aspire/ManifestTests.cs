using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Agent.Tests.Aspire;

/// <summary>What is published, made by the documented commands on the AppHost that the tests were built with.</summary>
public sealed partial class ManifestTests : IDisposable
{
    // Anything of a test, wherever it might show up.
    [GeneratedRegex(@"fsync|synchronous_commit|full_page_writes|tmpfs|LEASE|test-lease|Development|""Test""|MigrateAtStart: ""?false|pgadmin|embedded|127\.0\.0\.1:", RegexOptions.IgnoreCase)]
    private static partial Regex TestSetting();

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("published files ");

    static string Root => Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Projects.AppHost.ProjectPath))!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_manifest_at_the_root_is_what_the_model_publishes_now()
    {
        var path = Path.Combine(folder.FullName, "manifest.json");
        await PublishAsync("--publisher", "manifest", "--output-path", path);

        // Paths in a manifest are relative to where it is written.
        var agent = Path.GetRelativePath(folder.FullName, Path.Combine(Root, "Agent", "Agent.csproj")).Replace('\\', '/');
        var published = (await File.ReadAllTextAsync(path, Token)).Replace(agent, "Agent/Agent.csproj", StringComparison.Ordinal);
        var committed = await File.ReadAllTextAsync(Path.Combine(Root, "aspire-manifest.json"), Token);
        Assert.True(published.ReplaceLineEndings("\n") == committed.ReplaceLineEndings("\n"),
            $"aspire-manifest.json is stale. Run: dotnet dev.cs manifest\nThe model publishes now:\n{published}");
    }

    [Theory]
    [InlineData]
    [InlineData("--mode=test")]
    [InlineData("--mode=test", "--database=container", "--reuse=warm")]
    [InlineData("--database=container")]
    public async Task No_test_setting_and_no_secret_reaches_a_manifest(params string[] arguments)
    {
        var path = Path.Combine(folder.FullName, "manifest.json");
        await PublishAsync(["--publisher", "manifest", "--output-path", path, .. arguments, .. Secrets]);

        var manifest = await File.ReadAllTextAsync(path, Token);
        Assert.DoesNotMatch(TestSetting(), manifest);
        Assert.DoesNotContain("s3cret", manifest, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(manifest);
        var resources = json.RootElement.GetProperty("resources");
        foreach (var parameter in resources.EnumerateObject().Where(resource => resource.Value.GetProperty("type").GetString() == "parameter.v0"))
            Assert.True(parameter.Value.GetProperty("inputs").GetProperty("value").GetProperty("secret").GetBoolean(), parameter.Name);
        Assert.True(resources.GetProperty("agent").GetProperty("bindings").GetProperty("http").GetProperty("external").GetBoolean());
    }

    [Fact]
    public async Task Production_is_a_secret_connection_string_unless_a_container_is_asked_for()
    {
        var path = Path.Combine(folder.FullName, "manifest.json");
        await PublishAsync("--publisher", "manifest", "--output-path", path);
        using var managed = JsonDocument.Parse(await File.ReadAllTextAsync(path, Token));
        await PublishAsync("--publisher", "manifest", "--output-path", path, "--database=container");
        using var container = JsonDocument.Parse(await File.ReadAllTextAsync(path, Token));

        Assert.Equal("parameter.v0", managed.RootElement.GetProperty("resources").GetProperty("agentdb").GetProperty("type").GetString());
        Assert.False(managed.RootElement.GetProperty("resources").TryGetProperty("postgres", out _));
        var postgres = container.RootElement.GetProperty("resources").GetProperty("postgres");
        Assert.Equal("docker.io/pgvector/pgvector:pg17", postgres.GetProperty("image").GetString());
        Assert.Equal("agentdb-data", postgres.GetProperty("volumes")[0].GetProperty("name").GetString());
        Assert.False(postgres.TryGetProperty("args", out _));
    }

    [Theory]
    [InlineData("compose", "docker-compose.yaml")]
    [InlineData("kubernetes", "Chart.yaml")]
    public async Task Compose_and_Kubernetes_files_carry_the_database_with_its_volume_and_no_secret(string target, string file)
    {
        await PublishAsync(["--operation", "publish", "--step", "publish", "--output-path", folder.FullName, $"--deploy={target}", .. Secrets]);

        Assert.True(File.Exists(Path.Combine(folder.FullName, file)));
        var all = string.Join('\n', folder.EnumerateFiles("*", SearchOption.AllDirectories).Select(f => File.ReadAllText(f.FullName)));
        Assert.DoesNotContain("s3cret", all, StringComparison.Ordinal);
        Assert.DoesNotContain("fsync", all, StringComparison.Ordinal);
        Assert.DoesNotContain("AGENT_TEST_LEASE_KEY", all, StringComparison.Ordinal);
        Assert.DoesNotContain("emptyDir", all, StringComparison.Ordinal);
        Assert.Contains("docker.io/pgvector/pgvector:pg17", all, StringComparison.Ordinal);
        Assert.Contains("agentdb-data", all, StringComparison.Ordinal);
        // In Compose the agent is reached directly.
        Assert.Equal(target != "compose", Regex.IsMatch(all, "FORWARDEDHEADERS_ENABLED: \"?true"));
    }

    [Fact]
    public async Task An_embedded_database_cannot_be_published()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => PublishAsync("--publisher", "manifest", "--output-path", Path.Combine(folder.FullName, "manifest.json"), "--database=embedded"));
        Assert.Contains("--database=external", refused.Message, StringComparison.Ordinal);
    }

    static string[] Secrets => ["--Parameters:openai-api-key=s3cret-key", "--Parameters:postgres-password=s3cret-password", "--ConnectionStrings:agentdb=Host=db;Password=s3cret"];

    static async Task PublishAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Projects.AppHost).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Root,
        };
        start.Environment["ASPIRE_INTERACTIVITY_ENABLED"] = "false";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var error = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromMinutes(3), Token);
        if (process.ExitCode != 0) throw new InvalidOperationException($"exit code {process.ExitCode}\n{await output}\n{await error}");
    }

    public void Dispose() => folder.Delete(recursive: true);
}
