using System.Net;
using Agent.Testing;
using Microsoft.AspNetCore.Builder;

namespace Agent.Tests.Testing;

public sealed class LeaseRoutingTests(LeaseHost host) : IClassFixture<LeaseHost>
{
    [Fact]
    public async Task A_request_works_on_the_schema_that_its_lease_names()
    {
        var schema = await host.MakeSchemaAsync();
        await using var app = await host.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await WriteAsync(app, "mine", new TestLease(schema, 1).Sign(LeaseHost.Key)));

        Assert.Equal(["mine"], await host.NotesAsync(schema));
        Assert.DoesNotContain("mine", await host.NotesAsync("agent"));
    }

    [Fact]
    public async Task A_request_without_a_lease_works_on_the_agents_own_schema()
    {
        await using var app = await host.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await WriteAsync(app, "no lease", lease: null));

        Assert.Contains("no lease", await host.NotesAsync("agent"));
    }

    [Fact]
    public async Task Two_hundred_parallel_requests_on_two_leases_never_mix()
    {
        string[] schemas = [await host.MakeSchemaAsync(), await host.MakeSchemaAsync()];
        string[] leases = [.. schemas.Select(schema => new TestLease(schema, 1).Sign(LeaseHost.Key))];
        await using var app = await host.StartAsync(together: 200);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => WriteAsync(app, $"{i % 2} {i:000}", leases[i % 2])));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        for (var test = 0; test < 2; test++)
        {
            var expected = Enumerable.Range(0, 200).Where(i => i % 2 == test).Select(i => $"{test} {i:000}");
            Assert.Equal(expected, await host.NotesAsync(schemas[test]));
        }
    }

    [Fact]
    public async Task Work_that_goes_on_after_the_answer_stays_on_the_lease()
    {
        var schema = await host.MakeSchemaAsync();
        var later = new TaskCompletionSource();
        await using var app = await host.StartAsync(later: later);

        await WriteAsync(app, "background?later", new TestLease(schema, 1).Sign(LeaseHost.Key));
        Assert.Empty(await host.NotesAsync(schema));
        later.SetResult();

        await Eventually(async () => (await host.NotesAsync(schema)).Contains("background"));
        Assert.DoesNotContain("background", await host.NotesAsync("agent"));
    }

    [Fact]
    public async Task A_lease_that_was_forged_altered_or_signed_for_another_boot_is_refused()
    {
        string schema = await host.MakeSchemaAsync(), other = await host.MakeSchemaAsync();
        var good = new TestLease(schema, 1).Sign(LeaseHost.Key);
        await using var app = await host.StartAsync();
        string[] bad =
        [
            Uri.EscapeDataString(schema), "", ".", "..", "a.1.", "a.1.00", "a.1.xyz", good[..^1], good + "0", good[..^1] + (good[^1] == '0' ? '1' : '0'), good.ToUpperInvariant(),
            Uri.EscapeDataString(other) + good[Uri.EscapeDataString(schema).Length..],
            good.Replace(".1.", ".2.", StringComparison.Ordinal),
            new TestLease(schema, 1).Sign("the-key-of-another-boot-0123456789abc"),
            good + ", " + good,
        ];

        foreach (var lease in bad)
            Assert.Equal((lease, HttpStatusCode.Forbidden), (lease, await WriteAsync(app, "forged", lease)));

        Assert.Empty(await host.NotesAsync(schema));
        Assert.Empty(await host.NotesAsync(other));
        Assert.DoesNotContain("forged", await host.NotesAsync("agent"));
    }

    [Theory]
    [InlineData("no_such_schema")]
    [InlineData("agent")]
    [InlineData("extensions")]
    [InlineData("public")]
    [InlineData("pg_catalog")]
    [InlineData("information_schema")]
    [InlineData("")]
    [InlineData("a\"; drop schema agent cascade; --")]
    public async Task A_lease_on_what_is_not_a_tests_schema_is_refused(string schema)
    {
        await using var app = await host.StartAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await WriteAsync(app, "unknown", new TestLease(schema, 1).Sign(LeaseHost.Key)));

        Assert.DoesNotContain("unknown", await host.NotesAsync("agent"));
    }

    [Fact]
    public async Task A_lease_ends_when_its_schema_is_leased_again()
    {
        var schema = await host.MakeSchemaAsync();
        await using var app = await host.StartAsync();
        string first = new TestLease(schema, 1).Sign(LeaseHost.Key), second = new TestLease(schema, 2).Sign(LeaseHost.Key);

        Assert.Equal(HttpStatusCode.OK, await WriteAsync(app, "a", first));
        Assert.Equal(HttpStatusCode.OK, await WriteAsync(app, "b", second));
        Assert.Equal(HttpStatusCode.Forbidden, await WriteAsync(app, "late", first));

        Assert.Equal(["a", "b"], await host.NotesAsync(schema));
    }

    [Fact]
    public async Task A_schema_that_is_gone_is_refused_from_the_next_lease_on()
    {
        var schema = await host.MakeSchemaAsync();
        await using var app = await host.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await WriteAsync(app, "a", new TestLease(schema, 1).Sign(LeaseHost.Key)));

        await host.ExecuteAsync($"drop schema \"{schema}\" cascade");

        Assert.Equal(HttpStatusCode.Forbidden, await WriteAsync(app, "b", new TestLease(schema, 2).Sign(LeaseHost.Key)));
    }

    [Fact]
    public async Task Logs_say_which_tests_schema_they_belong_to()
    {
        var schema = await host.MakeSchemaAsync();
        using var logs = new ScopeRecorder();
        await using var app = await host.StartAsync(logs: logs);

        await WriteAsync(app, "logged", new TestLease(schema, 1).Sign(LeaseHost.Key));

        Assert.Contains(logs.Lines, line => line.Message == "write logged" && line.Scopes.Contains($"TestSchema={schema}"));
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("Development")]
    [InlineData("production-test")]
    public async Task Outside_of_the_test_environment_no_setting_turns_it_on(string environment)
    {
        var schema = await host.MakeSchemaAsync();
        await using var app = await host.StartAsync(environment, settings: new Dictionary<string, string?>
        {
            ["DOTNET_ENVIRONMENT"] = "Test",
            ["ASPNETCORE_ENVIRONMENT"] = "Test",
            ["Environment"] = "Test",
            [TestLease.KeySetting.ToLowerInvariant()] = LeaseHost.Key,
        });
        var note = $"in {environment}";

        // The header means nothing here: the request is served like any other.
        Assert.Equal(HttpStatusCode.OK, await WriteAsync(app, note, new TestLease(schema, 1).Sign(LeaseHost.Key)));

        Assert.Empty(await host.NotesAsync(schema));
        Assert.Contains(note, await host.NotesAsync("agent"));
        Assert.Null(app.Services.GetService(typeof(LeasedDatabases)));
    }

    [Fact]
    public async Task Without_a_key_the_route_does_not_exist()
    {
        var schema = await host.MakeSchemaAsync();
        await using var app = await host.StartAsync(key: null);

        Assert.Equal(HttpStatusCode.OK, await WriteAsync(app, "no key", new TestLease(schema, 1).Sign(LeaseHost.Key)));

        Assert.Empty(await host.NotesAsync(schema));
    }

    [Fact]
    public async Task A_key_that_is_too_short_stops_the_start()
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync(key: "short"));
        Assert.Contains(TestLease.KeySetting, refused.Message, StringComparison.Ordinal);
    }

    static async Task<HttpStatusCode> WriteAsync(WebApplication app, string note, string? lease)
    {
        using var client = new HttpClient { BaseAddress = new(app.Urls.First()) };
        if (lease is not null) client.DefaultRequestHeaders.TryAddWithoutValidation(TestLease.Header, lease);
        using var answer = await client.PostAsync(new Uri($"/notes/{note}", UriKind.Relative), null, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    static async Task Eventually(Func<Task<bool>> holds)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(20));
        while (!await holds()) await Task.Delay(20, deadline.Token);
    }
}
