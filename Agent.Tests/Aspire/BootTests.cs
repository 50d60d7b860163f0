using System.Net;
using System.Net.Http.Json;
using Agent.Testing;
using AppHost;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Agent.Tests.Aspire;

/// <summary>The AppHost, really started: orchestrator, database and agent as processes of their own.</summary>
public sealed class BootTests : AspireBootTest
{
    [Theory]
    [InlineData(DatabaseKind.Embedded)]
    [InlineData(DatabaseKind.Container)]
    public async Task The_agent_is_up_on_a_migrated_database_with_the_extension_and_leaves_nothing_behind(DatabaseKind database)
    {
        await RequireAsync(database);
        Func<Task<bool>> isGone;
        await using (var server = await AspireServer.StartAsync(database, new ResourceLogs(), cancellationToken: Token))
        {
            Assert.NotNull(server.Capabilities.VectorVersion);
            await using var source = NpgsqlDataSource.Create(server.ConnectionString);
            Assert.Equal("extensions", await ScalarAsync(source, "select nspname::text from pg_extension e join pg_namespace n on n.oid = extnamespace where extname = 'vector'"));
            Assert.Equal(true, await ScalarAsync(source, "select to_regclass('agent.vectors') is not null"));
            using var client = new HttpClient { BaseAddress = server.Address };
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/health", UriKind.Relative), Token)).StatusCode);
            var data = (string)(await ScalarAsync(source, "show data_directory"))!;
            isGone = database == DatabaseKind.Container ? await ContainerIsGoneAsync(server) : () => Task.FromResult(!Directory.Exists(data));
        }

        await EventuallyAsync(isGone);
    }

    [Fact]
    public async Task The_embedded_database_is_healthy_before_a_container_would_be()
    {
        await RequireAsync(DatabaseKind.Container);
        var seconds = new Dictionary<DatabaseKind, double>();
        foreach (var database in (DatabaseKind[])[DatabaseKind.Embedded, DatabaseKind.Container])
        {
            await using var server = await AspireServer.StartAsync(database, new ResourceLogs(), cancellationToken: Token);
            seconds[database] = server.DatabaseStart.TotalSeconds;
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", seconds.Select(start => $"{start.Key}: healthy after {start.Value:0.0} s")));
        Assert.True(seconds[DatabaseKind.Embedded] < seconds[DatabaseKind.Container], string.Join(", ", seconds));
    }

    [Fact]
    public async Task A_forged_lease_or_one_of_another_boot_is_refused_by_the_process_and_a_good_one_marks_its_log_lines()
    {
        await RequireAsync(DatabaseKind.Embedded);
        using var logs = new ResourceLogs();
        await using var server = await AspireServer.StartAsync(DatabaseKind.Embedded, logs, cancellationToken: Token);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await ScalarAsync(source, "create schema mine");
        using var client = new HttpClient { BaseAddress = server.Address };

        async Task<HttpStatusCode> SignUpAsync(string lease)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/users") { Content = JsonContent.Create(new { email = "forged@example.org" }) };
            request.Headers.Add(TestLease.Header, lease);
            using var answer = await client.SendAsync(request, Token);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.Forbidden, await SignUpAsync("mine.1.00"));
        Assert.Equal(HttpStatusCode.Forbidden, await SignUpAsync(new TestLease("mine", 1).Sign(new string('k', 43))));
        Assert.Equal(HttpStatusCode.Forbidden, await SignUpAsync(new TestLease("not_there", 1).Sign(server.LeaseKey)));
        Assert.Equal(0L, await ScalarAsync(source, "select count(*) from agent.users"));

        client.DefaultRequestHeaders.Add(TestLease.Header, new TestLease("mine", 1).Sign(server.LeaseKey));
        await client.GetStringAsync(new Uri("/api/info", UriKind.Relative), Token);
        await EventuallyAsync(() => Task.FromResult(logs.Last("agent").Any(line => line.StartsWith("(mine) ", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Two_AppHosts_in_one_process_run_at_once_and_know_nothing_of_each_other()
    {
        await RequireAsync(DatabaseKind.Embedded);
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => AspireServer.StartAsync(DatabaseKind.Embedded, new ResourceLogs(), cancellationToken: Token)));
        await using var one = both[0];
        await using var two = both[1];

        Assert.NotEqual(one.Address, two.Address);
        Assert.NotEqual(one.LeaseKey, two.LeaseKey);
        using var client = new HttpClient { BaseAddress = one.Address };
        using var created = await client.PostAsJsonAsync("/api/users", new { email = "one@example.org" }, Token);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        await using var source = NpgsqlDataSource.Create(two.ConnectionString);
        Assert.Equal(0L, await ScalarAsync(source, "select count(*) from agent.users"));
    }

    [Fact]
    public async Task The_database_is_unhealthy_while_the_extension_does_not_answer()
    {
        await RequireAsync(DatabaseKind.Embedded);
        await using var server = await AspireServer.StartAsync(DatabaseKind.Embedded, new ResourceLogs(), cancellationToken: Token);
        var notifications = server.Application.ResourceNotifications;
        await notifications.WaitForResourceHealthyAsync("agentdb", Token);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);

        await ScalarAsync(source, "drop extension vector cascade");

        // Asked by the check itself, as Aspire asks a healthy resource only every half minute.
        var checks = (HealthCheckService)server.Application.Services.GetService(typeof(HealthCheckService))!;
        var report = await checks.CheckHealthAsync(check => check.Name == "agentdb_vector", Token);
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("create extension vector", report.Entries["agentdb_vector"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_fails_tells_which_resource_is_in_which_state_and_what_it_said_last()
    {
        await RequireAsync(DatabaseKind.Embedded);
        var refused = await Assert.ThrowsAsync<AspireException>(() => AspireServer.StartAsync(
            DatabaseKind.Embedded, new ResourceLogs(),
            builder => builder.CreateResourceBuilder<ProjectResource>("agent").WithEnvironment("Agent__Limits__BodyBytes", "nonsense"), Token));

        TestContext.Current.TestOutputHelper?.WriteLine(refused.Message);
        Assert.Contains("── agent:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("── postgres: Running, Healthy", refused.Message, StringComparison.Ordinal);
        Assert.Contains("nonsense", refused.Message, StringComparison.Ordinal);
    }

    static async Task<Func<Task<bool>>> ContainerIsGoneAsync(AspireServer server)
    {
        Assert.True(server.Application.ResourceNotifications.TryGetCurrentState("postgres", out var postgres));
        var id = Assert.IsType<string>(postgres.Snapshot.Properties.Single(property => property.Name == "container.id").Value);
        Assert.True(await AspirePreflight.OfThisMachine.HasContainerAsync(id, Token));
        return async () => !await AspirePreflight.OfThisMachine.HasContainerAsync(id, Token);
    }

    static async Task<object?> ScalarAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }
}
