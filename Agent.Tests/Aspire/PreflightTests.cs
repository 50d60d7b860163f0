using AppHost;
using Microsoft.Extensions.Configuration;

namespace Agent.Tests.Aspire;

public sealed class PreflightTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_orchestrator_is_named_with_the_commands_that_bring_it()
    {
        var problem = Assert.Single(await With(("DcpPublisher:CliPath", "/nowhere/dcp")).FindProblemsAsync(DatabaseKind.Embedded, Token));
        Assert.Contains("/nowhere/dcp", problem, StringComparison.Ordinal);
        Assert.Contains("dotnet restore AppHost", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_container_runtime_is_named_with_the_way_to_do_without()
    {
        var problems = await With(("ASPIRE_CONTAINER_RUNTIME", "no-such-runtime")).FindProblemsAsync(DatabaseKind.Container, Token);
        Assert.Contains(problems, problem => problem.Contains("'no-such-runtime' is not installed", StringComparison.Ordinal)
            && problem.Contains("AGENT_TESTS_HOST=aspire-embedded", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Error: No such image: docker.io/pgvector/pgvector:pg17", "pull docker.io/pgvector/pgvector:pg17")]
    [InlineData("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "does not answer")]
    public async Task What_the_runtime_says_becomes_what_to_do(string says, string advice)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for the runtime is a shell script.");
        var runtime = Path.Combine(Directory.CreateTempSubdirectory("runtime ").FullName, "runtime");
        await File.WriteAllTextAsync(runtime, $"#!/bin/sh\necho '{says}' >&2\nexit 1\n", Token);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(runtime, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var problems = await With(("DcpPublisher:ContainerRuntime", runtime)).FindProblemsAsync(DatabaseKind.Container, Token);

        Assert.Contains(problems, problem => problem.Contains(advice, StringComparison.Ordinal));
        Directory.Delete(Path.GetDirectoryName(runtime)!, recursive: true);
    }

    [Fact]
    public async Task An_external_database_without_a_connection_string_is_named_with_the_variable_that_it_wants()
    {
        var problems = await With().FindProblemsAsync(DatabaseKind.External, Token);
        Assert.Contains(problems, problem => problem.Contains("ConnectionStrings__agentdb", StringComparison.Ordinal));
    }

    static AspirePreflight With(params (string Key, string Value)[] settings) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build());
}
