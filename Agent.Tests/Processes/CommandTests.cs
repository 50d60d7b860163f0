using System.Net.Http.Json;
using System.Text.Json;
using Agent.Http;
using Agent.Tests.Hosting;
using Agent.Tests.Models;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Postgres.Testing;

namespace Agent.Tests.Processes;

/// <summary>The command lines, on an empty database, in production.</summary>
public class CommandTests : IAsyncLifetime
{
    static readonly Dictionary<string, string> Production = new() { ["ASPNETCORE_ENVIRONMENT"] = "Production" };

    const string HundredMessages = """
        with person as (insert into agent.users (id, email) values (gen_random_uuid(), 'ada@example.org') returning id),
            thread as (insert into agent.threads (id, user_id) select gen_random_uuid(), id from person returning id, user_id),
            said as (insert into agent.messages (user_id, thread_id, role, content) select user_id, id, 'user', 'message ' || i from thread, generate_series(1, 100) i returning 1)
        select count(*) from said
        """;
    EmbeddedPostgres? server;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    string ConnectionString => server!.ConnectionString;

    public async ValueTask InitializeAsync() => server = await EmbeddedPostgres.StartAsync(cancellationToken: Cancellation);

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    async Task<(int ExitCode, string Output)> RunAsync(string? command, IReadOnlyDictionary<string, string>? settings = null, string? connectionString = null)
    {
        await using var program = AgentProgram.Start(connectionString ?? ConnectionString, settings ?? Production, command is null ? [] : [command]);
        return await program.EndAsync();
    }

    static Dictionary<string, string> With(Uri endpoint) => new(Production)
    {
        ["OpenAI__Endpoint"] = endpoint.ToString(),
        ["OpenAI__EmbeddingModel"] = "small",
        ["OpenAI__Dimensions"] = "256",
        ["OpenAI__MaxRetries"] = "0",
    };

    async Task<T> ScalarAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    [Fact]
    public async Task Migrate_brings_a_schema_up_once_and_says_what_it_did()
    {
        var (code, output) = await RunAsync("migrate");
        Assert.Equal((0, $"Applied {Agent.Database.Migration.All.Count} migrations to schema agent."), (code, output));
        Assert.Equal((0, "Schema agent is up to date."), await RunAsync("migrate"));
    }

    [Fact]
    public async Task A_command_that_cannot_work_says_why_in_a_line()
    {
        var (code, output) = await RunAsync("migrate", connectionString: "Host=/nowhere/at/all;Username=x;Password=confidential");
        Assert.Equal(1, code);
        Assert.Contains("ConnectionStrings__agentdb", output);
        Assert.DoesNotContain("confidential", output);
        Assert.DoesNotContain("   at ", output);
        (code, output) = await RunAsync("migrat");
        Assert.Equal(2, code);
        Assert.StartsWith("Unknown command 'migrat'. Known: migrate, reembed; without one, the service starts.", output);
    }

    [Theory]
    [InlineData("Agent__Limits__TurnSeconds", "NaN", "Agent:Limits:TurnSeconds")]
    [InlineData("OpenAI__Endpoint", "ftp://example.org", "OpenAI:Endpoint")]
    [InlineData("ConnectionStrings__agentdb", "", "ConnectionStrings__agentdb")]
    [InlineData("ConnectionStrings__agentdb", "garbage", "'agentdb'")]
    public async Task A_setting_that_makes_no_sense_stops_the_start_and_every_command_with_a_line(string name, string value, string named)
    {
        foreach (var command in (string?[])[null, "migrate", "reembed"])
        {
            var (code, output) = await RunAsync(command, new Dictionary<string, string>(Production) { [name] = value });
            Assert.Equal(1, code);
            Assert.Contains(named, Assert.Single(output.Split('\n')));
        }
    }

    [Fact]
    public async Task A_command_that_the_database_or_the_model_refuses_says_why_in_a_line()
    {
        async Task FailsAsync(string says, string command, IReadOnlyDictionary<string, string>? settings = null, string? connectionString = null)
        {
            var (code, output) = await RunAsync(command, settings, connectionString);
            Assert.True(code == 1, output);
            Assert.Contains(says, output);
            Assert.DoesNotContain("   at ", output);
        }

        var elsewhere = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "no_such_database" }.ConnectionString;
        await FailsAsync("no_such_database", "migrate", connectionString: elsewhere);
        await FailsAsync("no_such_database", "reembed", connectionString: elsewhere);
        await FailsAsync("nobody", "migrate", connectionString: new NpgsqlConnectionStringBuilder(ConnectionString) { Username = "nobody", Password = "x" }.ConnectionString);
        await FailsAsync("migrate", "reembed");
        await RunAsync("migrate");
        await ScalarAsync<long>("""
            with person as (insert into agent.users (id, email) values (gen_random_uuid(), 'ada@example.org') returning id),
                thread as (insert into agent.threads (id, user_id) select gen_random_uuid(), id from person returning id, user_id),
                said as (insert into agent.messages (user_id, thread_id, role, content) select user_id, id, 'user', 'hello' from thread returning 1)
            select count(*) from said
            """);
        await using var locked = await FakeEndpoint.StartAsync(FakeEndpoint.Error(401));
        await using var wide = await FakeEndpoint.StartAsync(FakeEndpoint.Embeddings(64));
        await FailsAsync("401", "reembed", With(locked.Options.Endpoint!));
        await FailsAsync("OpenAI:Dimensions", "reembed", With(wide.Options.Endpoint!));
        await FailsAsync("OpenAI:Endpoint", "reembed", With(new("http://127.0.0.1:1/v1")));
    }

    [Fact]
    public async Task A_role_that_is_not_there_or_that_the_login_may_not_take_stops_the_start_with_a_line()
    {
        async Task FailsAsync(string? command, string says, string? connectionString = null)
        {
            var (code, output) = await RunAsync(command, new Dictionary<string, string>(Production) { ["Database__Role"] = "app" }, connectionString);
            Assert.Equal(1, code);
            Assert.Contains("Database:Role is 'app'", Assert.Single(output.Split('\n')));
            Assert.Contains(says, output);
        }

        await FailsAsync("migrate", "create role \"app\" nologin");
        await RunAsync("migrate");
        foreach (var command in (string?[])[null, "migrate", "reembed"])
            await FailsAsync(command, "create role \"app\" nologin");
        await ScalarAsync<bool>("create role app nologin; create role service login password 'x'; select true");
        await FailsAsync(null, "grant \"app\" to \"service\"", new NpgsqlConnectionStringBuilder(ConnectionString) { Username = "service", Password = "x" }.ConnectionString);
    }

    [Fact]
    public async Task An_address_that_cannot_be_listened_on_ends_the_start_with_a_line()
    {
        await using var taken = await FakeEndpoint.StartAsync(FakeEndpoint.Error(500));
        foreach (var address in (string[])["nonsense", "ftp://127.0.0.1:0", "http://127.0.0.1:99999", $"http://{taken.Options.Endpoint!.Authority}", "http://192.0.2.1:80"])
        {
            await using var program = AgentProgram.Start(ConnectionString, new Dictionary<string, string>(Production) { ["ASPNETCORE_URLS"] = address });
            var (code, output) = await program.EndAsync();
            Assert.True(code == 1, $"{address}: {code} {output}");
            Assert.StartsWith($"The service cannot listen on {address}: ", Assert.Single(output.Split('\n')));
            Assert.Contains("ASPNETCORE_URLS", output);
        }
    }

    [Theory]
    [InlineData("migrate now", "Unknown command 'now'.")]
    [InlineData("migrate reembed", "One command at a time")]
    [InlineData("migrate --dry-run", "Unknown option '--dry-run'.")]
    [InlineData("--help", "Unknown option '--help'.")]
    public async Task Arguments_that_are_not_understood_are_refused(string arguments, string says)
    {
        await using var program = AgentProgram.Start(ConnectionString, Production, arguments.Split(' '));
        var (code, output) = await program.EndAsync();
        Assert.Equal(2, code);
        Assert.StartsWith(says, Assert.Single(output.Split('\n')));
    }

    [Fact]
    public async Task Another_embedding_model_is_refused_at_start_until_reembed_has_run_which_goes_on_after_a_stop()
    {
        await RunAsync("migrate");
        // The offline model's memory: one user with 100 messages.
        var (offline, _) = await AgentProgram.ServeAsync(ConnectionString, Production);
        await offline.DisposeAsync();
        Assert.Equal(100L, await ScalarAsync<long>(HundredMessages));
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var endpoint = await FakeEndpoint.StartAsync(FakeEndpoint.Embeddings(256), context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        }, FakeEndpoint.Embeddings(256));
        var settings = With(endpoint.Options.Endpoint!);
        var (code, output) = await RunAsync(null, settings);
        Assert.Equal(1, code);
        Assert.Contains("'small' with 256 dimensions", output);
        Assert.Contains("'hashed-ngrams-1' with 1536", output);
        Assert.Contains("dotnet run --project Agent -- reembed", output);

        await using (var program = AgentProgram.Start(ConnectionString, settings, "reembed"))
        {
            await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
            program.Terminate();
            (code, output) = await program.EndAsync();
        }
        Assert.Equal(1, code);
        Assert.Contains("Run the same command again to go on.", output);
        Assert.Contains("64 of 100 messages", output);
        Assert.Equal(64L, await ScalarAsync<long>("select count(*) from agent.vectors_small_256"));

        // A run that was stopped opens no way past the refusal.
        (code, output) = await RunAsync(null, settings);
        Assert.Equal(1, code);
        Assert.Contains("'small' with 256 dimensions, but by 'hashed-ngrams-1' with 1536. ", output);

        (code, output) = await RunAsync("reembed", settings);
        Assert.Equal(0, code);
        Assert.Contains("0 of 36 messages", output);
        Assert.Contains("100% 36 of 36 messages", output);
        Assert.EndsWith("Made 36 vectors with small.", output);
        var (served, _) = await AgentProgram.ServeAsync(ConnectionString, settings);
        await served.DisposeAsync();
    }

    [Fact]
    public async Task Reembed_goes_past_a_message_that_the_model_refuses()
    {
        await RunAsync("migrate");
        Assert.Equal(100L, await ScalarAsync<long>(HundredMessages));
        static bool Contains(HttpContext context, string text)
            => ((JsonElement)context.Items["body"]!).GetProperty("input").EnumerateArray().Any(i => i.GetString() == text);
        await using var endpoint = await FakeEndpoint.StartAsync(
            context => (Contains(context, "message 7") ? FakeEndpoint.Error(400, "content_filter") : FakeEndpoint.Embeddings(256))(context));
        var settings = With(endpoint.Options.Endpoint!);
        var (code, output) = await RunAsync("reembed", settings);
        Assert.Equal(0, code);
        Assert.Contains("Made 99 vectors with small.", output);
        Assert.Contains("1 message is refused by the model", output);
        Assert.Equal(99L, await ScalarAsync<long>("select count(*) from agent.vectors_small_256"));
        // Six halvings, and the second batch.
        Assert.Equal(14, endpoint.Requests.Count);
        (code, output) = await RunAsync("reembed", settings);
        Assert.Equal(1, code);
        Assert.Contains("The model refused the request", output);
    }

    [Fact]
    public async Task The_model_of_the_first_start_is_recorded_so_that_another_of_its_size_is_refused()
    {
        await RunAsync("migrate");
        var (served, address) = await AgentProgram.ServeAsync(ConnectionString, Production);
        await using (served)
        {
            using var client = new HttpClient { BaseAddress = address };
            var ada = await (await client.PostAsJsonAsync("/api/users", new { email = "ada@example.org" }, Cancellation)).ReadAsync<UserCreated>();
            client.DefaultRequestHeaders.Authorization = new("Bearer", ada.ApiKey);
            await client.SayAsync(await client.MakeThreadAsync(), "hello");
        }
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from agent.vectors"));

        var (code, output) = await RunAsync(null, new Dictionary<string, string>(Production)
        {
            ["OpenAI__Endpoint"] = "http://127.0.0.1:1/v1",
            ["OpenAI__EmbeddingModel"] = "other",
            ["OpenAI__Dimensions"] = "1536",
        });
        Assert.Equal(1, code);
        Assert.Contains("'other' with 1536 dimensions, but by 'hashed-ngrams-1' with 1536", output);
    }

    [Fact]
    public async Task A_login_that_may_not_record_the_model_serves_all_the_same()
    {
        await RunAsync("migrate");
        await ScalarAsync<bool>("""
            create role service login password 'x';
            grant usage on schema agent, extensions to service;
            grant select, insert, update, delete on all tables in schema agent to service;
            grant usage on all sequences in schema agent to service;
            revoke insert on agent.embedding_models from service;
            select true
            """);
        var (served, _) = await AgentProgram.ServeAsync(
            new NpgsqlConnectionStringBuilder(ConnectionString) { Username = "service", Password = "x" }.ConnectionString, Production);
        await served.DisposeAsync();
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from agent.embedding_models"));
    }
}
