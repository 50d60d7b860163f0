using System.Net.Http.Headers;
using System.Net.Http.Json;
using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Agent.Security;
using Agent.Tests.Hosting;
using Agent.Tests.Models;
using Microsoft.AspNetCore.Http;
using static Agent.Tests.Models.FakeEndpoint;

namespace Agent.Tests.Processes;

/// <summary>The service is killed (SIGKILL) in the middle of a turn, and started again.</summary>
public class CrashTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    const string Says = "I'm Ada, a nurse.";
    readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int asks;

    /// <summary>A model that answers its chats one after the other, and embeds whatever it is given.</summary>
    async Task<(FakeEndpoint Endpoint, Dictionary<string, string> Settings)> StartModelAsync(params Func<HttpContext, Task>[] chats)
    {
        var endpoint = await StartAsync(context =>
        {
            if (context.Request.Path.Value!.EndsWith("/embeddings", StringComparison.Ordinal))
                return Embeddings(ModelInfo.Offline.Dimensions)(context);
            var number = Interlocked.Increment(ref asks);
            asked.TrySetResult();
            return chats[Math.Min(number, chats.Length) - 1](context);
        });
        return (endpoint, new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Test",
            ["Agent__MigrateAtStart"] = "false",
            ["OpenAI__Endpoint"] = endpoint.Options.Endpoint!.ToString(),
            ["OpenAI__ApiKey"] = endpoint.Options.ApiKey!,
            ["OpenAI__EmbeddingModel"] = ModelInfo.Offline.EmbeddingModel,
        });
    }

    async Task<(Guid User, Guid Thread, string Key)> MakeAdaAsync()
    {
        var provider = new SingleDatabaseProvider(Database);
        var (account, key) = await new Accounts(provider).CreateAsync("ada@example.org", null, null, null, Cancellation);
        return (account.UserId, (await new ThreadStore(provider, new()).CreateAsync(account.UserId, null, Cancellation)).ThreadId, key.Text);
    }

    static HttpClient ClientOf(Uri address, string key)
        => new() { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };

    static async Task<AgentReply> SayAsync(Uri address, string key, Guid thread)
    {
        using var client = ClientOf(address, key);
        return await client.SayAsync(thread, Says, "the-key");
    }

    /// <summary>Says something that nobody will answer.</summary>
    static async Task SayInVainAsync(Uri address, string key, Guid thread)
    {
        using var client = ClientOf(address, key);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.PostAsJsonAsync($"/api/threads/{thread}/messages", new { message = Says, idempotencyKey = "the-key" }, Cancellation));
    }

    /// <summary>Starts the service again and sends the message once more, twice: both get one answer, and the thread holds one turn.</summary>
    async Task RetryAsync(Dictionary<string, string> settings, Guid user, Guid thread, string key, string reply)
    {
        var (program, address) = await AgentProgram.ServeAsync(Db.ConnectionString, settings);
        await using (program)
        {
            var (first, second) = (await SayAsync(address, key, thread), await SayAsync(address, key, thread));
            Assert.Equal(AgentJson.Serialize(first), AgentJson.Serialize(second));
            Assert.Equal(reply, first.Reply);
        }
        Assert.Equal([("user", Says), ("assistant", reply)], (await MessagesAsync(user, thread)).Select(m => (m.Role, m.Text)));
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from vectors"));
    }

    [Fact]
    public async Task Killed_while_the_model_thinks_it_leaves_the_message_and_a_retry_is_answered()
    {
        var (endpoint, settings) = await StartModelAsync(Silent(Text("Half of")), Stream(Text("Hello Ada."), Finish("stop")));
        await using var _ = endpoint;
        var (user, thread, key) = await MakeAdaAsync();
        var (program, address) = await AgentProgram.ServeAsync(Db.ConnectionString, settings);
        await using (program)
        {
            var turn = SayInVainAsync(address, key, thread);
            await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
            program.Kill();
            await turn;
        }
        Assert.Equal([("user", Says)], (await MessagesAsync(user, thread)).Select(m => (m.Role, m.Text)));
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from vectors") + await ScalarAsync<long>("select count(*) from idempotency_keys where response is not null"));
        await RetryAsync(settings, user, thread, key, "Hello Ada.");
        Assert.Equal(2, asks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_while_it_writes_it_leaves_the_whole_turn_or_only_the_message(bool changesTheProfile)
    {
        Func<HttpContext, Task> call = Stream(Call(0, "call_1", "update_profile", """{"name":"Ada"}"""), Finish("tool_calls")), answer = Stream(Text("Hello Ada."), Finish("stop"));
        var (endpoint, settings) = await StartModelAsync(changesTheProfile ? [call, answer, call, answer] : [answer]);
        await using var _ = endpoint;
        var (user, thread, key) = await MakeAdaAsync();
        var (program, address) = await AgentProgram.ServeAsync(Db.ConnectionString, settings);
        int writer;
        await using (program)
        {
            await using var blocker = await Db.DataSource.OpenConnectionAsync(Cancellation);
            await using var transaction = await blocker.BeginTransactionAsync(Cancellation);
            // Recall still reads, the write of the vectors waits: after the reply and before the profile.
            await blocker.ExecuteAsync("lock table vectors in exclusive mode", Cancellation);
            var turn = SayInVainAsync(address, key, thread);
            await WaitForAsync("select count(*) from pg_locks where not granted and relation = 'vectors'::regclass", 1);
            writer = await ScalarAsync<int>("select pid from pg_locks where not granted and relation = 'vectors'::regclass");
            program.Kill();
            await turn;
            await transaction.RollbackAsync(Cancellation);
        }
        // The server goes on with what it had received until it notices.
        await WaitForAsync($"select 1 - count(*) from pg_stat_activity where pid = {writer}", 1);
        var whole = (await MessagesAsync(user, thread)).Count == 2;
        Assert.Equal(whole ? 2L : 0L, await ScalarAsync<long>("select count(*) from vectors"));
        Assert.Equal(whole ? 1L : 0L, await ScalarAsync<long>("select count(*) from idempotency_keys where response is not null"));
        Assert.Equal(whole && changesTheProfile, await ScalarAsync<bool>("select filtered_data ->> 'name' is not null from profiles"));
        var asksBefore = asks;
        await RetryAsync(settings, user, thread, key, "Hello Ada.");
        Assert.Equal(whole, asks == asksBefore);
        Assert.Equal(changesTheProfile ? "Ada" : "", await ScalarAsync<string>("select coalesce(filtered_data ->> 'name', '') from profiles"));
        Assert.Equal(changesTheProfile ? 1L : 0L, await ScalarAsync<long>("select count(*) from profile_changes"));
    }
}
