using Agent.Memory;
using Agent.Tests.Hosting;
using Agent.Tools;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Memory;

public class TurnAtomicityTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static ScriptedChat Failing(int atRequest) => new((request, _) => request == atRequest
        ? throw new HttpRequestException("connection reset")
        : [ScriptedChat.Call("update_profile", ("name", "Ada"))]);

    [Fact]
    public async Task A_model_that_fails_after_a_tool_call_leaves_only_the_message_of_the_person()
    {
        var (user, thread) = await MakeThreadAsync();
        var error = await Assert.ThrowsAsync<AgentException>(() => MakeAgent(Failing(2)).ProcessAsync("I'm Ada", user, thread, Cancellation));
        Assert.Equal(502, error.Status);
        Assert.Equal("user", Assert.Single(await MessagesAsync(user, thread)).Role);
        Assert.Equal("{}", await ScalarAsync<string>("select filtered_data::text from profiles"));
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from profile_changes") + await ScalarAsync<long>("select count(*) from vectors"));
    }

    [Fact]
    public async Task A_crash_between_the_model_and_the_write_is_made_good_by_a_retry()
    {
        var (user, thread) = await MakeThreadAsync();
        var request = new TurnRequest("I'm Ada", user, thread, "key");
        await Assert.ThrowsAsync<AgentException>(() => MakeAgent(Failing(2)).ProcessAsync(request, SilentObserver.Instance, Cancellation));
        var chat = ScriptedChat.Calling("update_profile", ("name", "Ada"));
        var reply = await MakeAgent(chat).ProcessAsync(request, SilentObserver.Instance, Cancellation);
        Assert.Equal("Ada", reply.Profile.Name);
        Assert.Equal(["user", "assistant"], (await MessagesAsync(user, thread)).Select(m => m.Role));
        // The message is there already, and is still given to the model only once.
        Assert.Single(chat.Requests[0], m => m.Role == ChatRole.User);
    }

    [Fact]
    public async Task A_write_that_fails_half_way_writes_nothing()
    {
        var (user, thread) = await MakeThreadAsync();
        await using (var command = Db.DataSource.CreateCommand("alter table profile_changes add check (field <> 'name')"))
            await command.ExecuteNonQueryAsync(Cancellation);
        await Assert.ThrowsAnyAsync<Exception>(
            () => MakeAgent(ScriptedChat.Calling("update_profile", ("name", "Ada"))).ProcessAsync("I'm Ada", user, thread, Cancellation));
        Assert.Single(await MessagesAsync(user, thread));
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from vectors"));
        Assert.Equal("{}", await ScalarAsync<string>("select filtered_data::text from profiles"));
    }

    [Fact]
    public async Task After_any_failure_the_thread_is_free_again()
    {
        var (user, thread) = await MakeThreadAsync();
        await Assert.ThrowsAsync<AgentException>(() => MakeAgent(Failing(1)).ProcessAsync("one", user, thread, Cancellation));
        Assert.Equal("ok", (await MakeAgent(ScriptedChat.Saying("ok")).ProcessAsync("two", user, thread, Cancellation)).Reply);
    }

    [Fact]
    public async Task A_message_waits_until_the_earlier_one_is_answered_and_then_sees_its_answer()
    {
        var (user, thread) = await MakeThreadAsync();
        TaskCompletionSource asked = new(), go = new();
        var slow = new ScriptedChat((_, _) => [new TextContent("first answer")])
        {
            BeforePiece = async (_, _) =>
            {
                asked.SetResult();
                await go.Task;
            },
        };
        var second = new ScriptedChat((_, messages) => [new TextContent(string.Join('|', messages.Select(m => m.Text).Skip(1)))]);
        var one = MakeAgent(slow).ProcessAsync("first", user, thread, Cancellation);
        await asked.Task;
        var two = MakeAgent(second).ProcessAsync("second", user, thread, Cancellation);
        // While the first is with the model, the second waits in the database, and its message is not in the thread yet.
        await WaitForAsync(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted and ((classid::bigint << 32) | objid::bigint) = hashtextextended($1, 0)",
            1, $"thread {Db.SchemaName} {user:N} {thread:N}");
        Assert.Single(await MessagesAsync(user, thread));
        go.SetResult();
        await one;
        Assert.Contains("first|first answer|second", (await two).Reply);
    }

    /// <summary>A turn whose model answers when it is told to.</summary>
    async Task<(Task<AgentReply> Turn, TaskCompletionSource Go)> HoldAsync(Guid user, Guid thread, Agent.Database.AgentDatabase? database = null)
    {
        TaskCompletionSource asked = new(), go = new();
        var slow = new ScriptedChat((_, _) => [new TextContent("late")])
        {
            BeforePiece = async (_, _) =>
            {
                asked.SetResult();
                await go.Task;
            },
        };
        var turn = MakeAgent(slow, database: database).ProcessAsync("first", user, thread, Cancellation);
        await asked.Task;
        return (turn, go);
    }

    [Fact]
    public async Task A_thread_that_stays_busy_is_a_clear_answer()
    {
        var (user, thread) = await MakeThreadAsync();
        var (one, go) = await HoldAsync(user, thread);
        var impatient = MakeAgent(ScriptedChat.Saying("x"), new() { Limits = new() { ThreadWaitSeconds = 0.05 } });
        var error = await Assert.ThrowsAsync<AgentException>(() => impatient.ProcessAsync("second", user, thread, Cancellation));
        Assert.Equal((409, "Thread is busy"), (error.Status, error.Title));
        go.SetResult();
        await one;
    }

    [Fact]
    public async Task The_turns_of_everybody_leave_connections_to_everything_else()
    {
        await using var small = new Agent.Database.AgentDatabase(Db.ToConfig() with { MaxPoolSize = 4 });
        var (user, thread) = await MakeThreadAsync();
        var held = await Task.WhenAll(Enumerable.Range(0, 3).Select(async number =>
        {
            var (someone, theirs) = await MakeThreadAsync($"user{number}@example.org");
            return await HoldAsync(someone, theirs, small);
        }));
        var impatient = MakeAgent(ScriptedChat.Saying("x"), new() { Limits = new() { ThreadWaitSeconds = 0.05 } }, database: small);
        var error = await Assert.ThrowsAsync<AgentException>(() => impatient.ProcessAsync("second", user, thread, Cancellation));
        Assert.Equal((503, "Too many turns"), (error.Status, error.Title));
        await using (await small.OpenAsync(user, Cancellation)) { }
        var patient = MakeAgent(ScriptedChat.Saying("now"), database: small).ProcessAsync("second", user, thread, Cancellation);
        held[0].Go.SetResult();
        Assert.Equal("now", (await patient).Reply);
        held[1].Go.SetResult();
        held[2].Go.SetResult();
        await Task.WhenAll(held.Select(turn => turn.Turn));
    }

    [Fact]
    public async Task A_thread_may_be_busy_longer_than_a_command_may_take()
    {
        var (user, thread) = await MakeThreadAsync();
        var (one, go) = await HoldAsync(user, thread);
        await using var hasty = new Agent.Database.AgentDatabase(Db.ToConfig() with { ConnectionString = Db.ConnectionString + ";Command Timeout=5" });
        var impatient = MakeAgent(ScriptedChat.Saying("x"), new() { Limits = new() { ThreadWaitSeconds = 6 } }, database: hasty);
        var error = await Assert.ThrowsAsync<AgentException>(() => impatient.ProcessAsync("second", user, thread, Cancellation));
        Assert.Equal(409, error.Status);
        go.SetResult();
        await one;
    }

    [Fact]
    public async Task A_limit_of_a_turn_is_named_whatever_the_model_ends_with_when_it_is_stopped()
    {
        var (user, thread) = await MakeThreadAsync();
        var stuck = new ScriptedChat((_, _) => [new TextContent("never")])
        {
            BeforePiece = async (_, token) =>
            {
                await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new AggregateException("Retry failed after 3 tries.", new TimeoutException(), new OperationCanceledException());
            },
        };
        var error = await Assert.ThrowsAsync<AgentException>(
            () => MakeAgent(stuck, new() { Limits = new() { TurnSeconds = 0.05 } }).ProcessAsync("hello", user, thread, Cancellation));
        Assert.Equal(504, error.Status);
        Assert.Contains("Agent:Limits:TurnSeconds", error.Message);
    }

    [Fact]
    public async Task An_endpoint_that_never_answers_and_is_asked_again_ends_with_the_limit_of_the_turn()
    {
        var (user, thread) = await MakeThreadAsync();
        await using var endpoint = await Models.FakeEndpoint.StartAsync(
            context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        using var chat = Agent.Models.OpenAi.OpenAiModels.CreateChat(endpoint.Options with { TimeoutSeconds = 0.4, MaxRetries = 2 });
        var error = await Assert.ThrowsAsync<AgentException>(
            () => MakeAgent(chat, new() { Limits = new() { TurnSeconds = 0.8 } }).ProcessAsync("hello", user, thread, Cancellation));
        Assert.Equal(504, error.Status);
        Assert.Contains("Agent:Limits:TurnSeconds", error.Message);
    }

    [Fact]
    public async Task A_retry_after_half_an_answer_gets_a_whole_one_and_what_was_sent_stays()
    {
        var (user, thread) = await MakeThreadAsync();
        var request = new TurnRequest("Tell me of the lighthouse", user, thread, "key");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var chat = new ScriptedChat((number, _) => [new TextContent(number == 1 ? "It was" : "It was tall.")]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MakeAgent(chat).ProcessAsync(request, new Leaver(leaving), leaving.Token));
        var reply = await MakeAgent(chat).ProcessAsync(request, SilentObserver.Instance, Cancellation);
        Assert.Equal(("It was tall.", "stop"), (reply.Reply, reply.FinishReason));
        Assert.Equal(["Tell me of the lighthouse", "It was", "It was tall."], (await MessagesAsync(user, thread)).Select(m => m.Text));
        // The model sees the question once, and not what it had begun.
        Assert.DoesNotContain(chat.Requests[1], m => m.Role == ChatRole.Assistant);
        Assert.Empty(reply.Recalled);
        Assert.Equal(reply.MessageId, (await MakeAgent(chat).ProcessAsync(request, SilentObserver.Instance, Cancellation)).MessageId);
    }

    [Fact]
    public async Task An_embedding_with_a_number_that_is_none_costs_the_memory_and_not_the_turn()
    {
        var (user, thread) = await MakeThreadAsync();
        var options = new AgentOptions { Memory = new() { CacheEmbeddings = true } };
        var reply = await MakeAgent(ScriptedChat.Saying("Hello."), options, new InfiniteEmbeddings()).ProcessAsync("hi", user, thread, Cancellation);
        Assert.Equal("Hello.", reply.Reply);
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from embedding_cache") + await ScalarAsync<long>("select count(*) from vectors"));
    }

    sealed class InfiniteEmbeddings : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
            => Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(values.Select(_ => new Embedding<float>(Enumerable.Repeat(float.PositiveInfinity, 1536).ToArray()))));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task A_model_that_takes_too_long_is_stopped()
    {
        var (user, thread) = await MakeThreadAsync();
        var stuck = new ScriptedChat((_, _) => [new TextContent("never")]) { BeforePiece = (_, token) => Task.Delay(Timeout.Infinite, token) };
        var error = await Assert.ThrowsAsync<AgentException>(
            () => MakeAgent(stuck, new() { Limits = new() { TurnSeconds = 0.05 } }).ProcessAsync("hello", user, thread, Cancellation));
        Assert.Equal(504, error.Status);
        Assert.Single(await MessagesAsync(user, thread));
    }

    [Fact]
    public async Task An_idempotency_key_that_comes_with_another_message_is_refused()
    {
        var (user, thread) = await MakeThreadAsync();
        var agent = MakeAgent(ScriptedChat.Saying("ok"));
        await agent.ProcessAsync(new TurnRequest("one", user, thread, "key"), SilentObserver.Instance, Cancellation);
        var error = await Assert.ThrowsAsync<AgentException>(
            () => agent.ProcessAsync(new TurnRequest("two", user, thread, "key"), SilentObserver.Instance, Cancellation));
        Assert.Equal(422, error.Status);
        Assert.Equal(2, (await MessagesAsync(user, thread)).Count);
    }

    [Fact]
    public async Task A_thread_that_is_deleted_while_the_model_answers_stays_deleted()
    {
        var (user, thread) = await MakeThreadAsync();
        var chat = new ScriptedChat((request, _) => request == 1 ? [ScriptedChat.Call("update_profile", ("name", "Ada"))] : [new TextContent("x")])
        {
            BeforePiece = async (_, _) => await ScalarAsync<long>("with d as (delete from users returning 1) select count(*) from d"),
        };
        var error = await Assert.ThrowsAsync<AgentException>(() => MakeAgent(chat).ProcessAsync("I'm Ada", user, thread, Cancellation));
        Assert.Equal(404, error.Status);
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from messages") + await ScalarAsync<long>("select count(*) from profiles"));
    }

    [Fact]
    public async Task An_embedding_that_never_comes_costs_neither_the_turn_nor_the_reply()
    {
        var (user, thread) = await MakeThreadAsync();
        var options = new AgentOptions { Memory = new() { EmbeddingSeconds = 0.05 } };
        var reply = await MakeAgent(ScriptedChat.Saying("Hello."), options, new StuckEmbeddings()).ProcessAsync("hi", user, thread, Cancellation);
        Assert.Equal("Hello.", reply.Reply);
        Assert.Equal(2, (await MessagesAsync(user, thread)).Count);
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from vectors"));
    }

    [Fact]
    public async Task What_Postgres_cannot_store_does_not_cost_the_reply()
    {
        var (user, thread) = await MakeThreadAsync();
        var reply = await MakeAgent(ScriptedChat.Saying("Hel\0lo.")).ProcessAsync("hi", user, thread, Cancellation);
        Assert.Equal("Hello.", reply.Reply);
        var error = await Assert.ThrowsAsync<AgentException>(() => MakeAgent(ScriptedChat.Saying("x")).ProcessAsync(
            new TurnRequest("hi", user, thread, "k\0"), SilentObserver.Instance, Cancellation));
        Assert.Equal(400, error.Status);
    }

    sealed class StuckEmbeddings : IEmbeddingGenerator<string, Embedding<float>>
    {
        public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return [];
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
