using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using AppHost;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Agent.Tests.Aspire;

/// <summary>The application as a developer runs it, without Docker, and the commands of its database.</summary>
public sealed class DatabaseCommandTests : AspireBootTest
{
    [Fact]
    public async Task Snapshot_reset_and_restore_work_on_what_the_agent_has_stored_and_psql_opens_it()
    {
        await RequireAsync(DatabaseKind.Embedded);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--database=embedded"], Token);
        builder.Services.AddLogging(logging => logging.ClearProviders());
        await using var application = await builder.BuildAsync(Token);
        await application.StartAsync(Token).WaitAsync(TimeSpan.FromSeconds(90), Token);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("agent", WaitBehavior.StopOnResourceUnavailable, Token)
            .WaitAsync(TimeSpan.FromSeconds(90), Token);
        using var client = new HttpClient { BaseAddress = application.GetEndpoint("agent", "http") };
        await using var source = NpgsqlDataSource.Create((await application.GetConnectionStringAsync("agentdb", Token))!);

        Assert.Contains("no snapshot", (await RunAsync(application, "restore")).Message, StringComparison.Ordinal);
        await SignUpAsync(client, "ada@example.org");
        Assert.True((await RunAsync(application, "snapshot")).Success);
        await SignUpAsync(client, "bob@example.org");
        Assert.Equal(["ada@example.org", "bob@example.org"], await EmailsAsync(source));

        Assert.True((await RunAsync(application, "reset")).Success);
        Assert.Empty(await EmailsAsync(source));
        Assert.True((await RunAsync(application, "restore")).Success);
        Assert.Equal(["ada@example.org"], await EmailsAsync(source));
        await SignUpAsync(client, "cid@example.org");

        var line = (await RunAsync(application, "psql")).Data!.Value;
        Assert.Equal("2", await ShellAsync(line + " -tAc 'select count(*) from users'"));
    }

    [Fact]
    public void The_psql_line_survives_passwords_that_mean_something_to_a_shell_or_a_URI()
        => Assert.Equal("psql 'postgresql://postgres:a%27b%40c%2Fd%24e@localhost:1234/agentdb?options=-csearch_path%3Dagent,extensions'",
            DatabaseCommands.PsqlLine("Host=localhost;Port=1234;Username=postgres;Password=\"a'b@c/d$e\";Database=agentdb"));

    static Task<ExecuteCommandResult> RunAsync(DistributedApplication application, string command)
        => application.ResourceCommands.ExecuteCommandAsync("agentdb", command, Token);

    static async Task SignUpAsync(HttpClient client, string email)
    {
        using var answer = await client.PostAsJsonAsync("/api/users", new { email }, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    static async Task<string[]> EmailsAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("select coalesce(array_agg(email::text order by email), '{}') from agent.users");
        return (string[])(await command.ExecuteScalarAsync(Token))!;
    }

    static async Task<string> ShellAsync(string line)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return output.Trim();
    }
}
