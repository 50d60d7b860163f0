using System.Net;
using System.Net.Http.Json;
using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Agent.Models.Embeddings;
using Agent.Security;
using Agent.Tests.Hosting;
using Agent.Tools;
using Microsoft.Extensions.AI;
using Npgsql;

namespace Agent.Tests.Memory;

/// <summary>Deletion beside everything else.</summary>
public class DeletionRaceTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    [Fact]
    public async Task An_account_is_deleted_though_something_of_it_is_being_written()
    {
        var (user, _) = await MakeThreadAsync();
        // Holds the thread and will want the user: the deletion holds the user and wants the thread. One of them is ended by the server.
        await using var other = await Db.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, other, transaction) { Parameters = { new() { Value = user } } };
            await command.ExecuteNonQueryAsync(Cancellation);
        }
        await ExecuteAsync("update threads set title = 'x' where user_id = $1");
        await using (var patience = new NpgsqlCommand("set local deadlock_timeout = '1min'", other, transaction))
            await patience.ExecuteNonQueryAsync(Cancellation);
        var forgetting = new Accounts(new SingleDatabaseProvider(Database)).ForgetAsync(user, Cancellation);
        await WaitForAsync("select count(*) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))", 1, other.ProcessID);
        await ExecuteAsync("update users set interest = 'x' where id = $1");
        await transaction.CommitAsync(Cancellation);
        await forgetting;
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from users"));
    }

    [Fact]
    public async Task A_turn_waits_for_a_deletion_before_it_holds_anything_that_the_deletion_wants()
    {
        var (user, thread) = await MakeThreadAsync();
        await using var other = await Db.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        var chat = new ScriptedChat((request, _) =>
        {
            // While the model answers, a deletion begins: first the user, then what hangs on it.
            if (request == 1)
            {
                using var begins = new NpgsqlCommand("select from users where id = $1 for update", other, transaction) { Parameters = { new() { Value = user } } };
                begins.ExecuteNonQuery();
            }
            return request == 1 ? [ScriptedChat.Call("update_profile", ("name", "Ada"))] : [new TextContent("ok")];
        });
        var turn = MakeAgent(chat).ProcessAsync("I'm Ada", user, thread, Cancellation);
        await WaitForAsync("select count(*) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))", 1, other.ProcessID);
        await using (var wants = new NpgsqlCommand("set local lock_timeout = '500ms'; select from profiles for update", other, transaction))
            await wants.ExecuteNonQueryAsync(Cancellation);
        await transaction.RollbackAsync(Cancellation);
        Assert.Equal("ok", (await turn).Reply);
    }

    [Fact]
    public async Task Turns_and_a_deletion_at_once_end_in_answers_that_fit()
    {
        for (var round = 0; round < 3; round++)
        {
            var ada = await MakeUserAsync();
            var threads = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.Client.MakeThreadAsync()));
            var posts = Enumerable.Range(0, 12).Select(i => ada.Client.PostAsync(threads[i % 4], $"I know language number {i}", $"key-{i}")).ToList();
            var keys = Enumerable.Range(0, 4).Select(_ => ada.Client.PostAsJsonAsync("/api/keys", new { name = "x" }, Cancellation)).ToList();
            await Task.WhenAny(posts);
            Assert.Equal(HttpStatusCode.NoContent, (await ada.Client.DeleteAsync("/api/me", Cancellation)).StatusCode);
            foreach (var answer in await Task.WhenAll([.. posts, .. keys]))
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NotFound or HttpStatusCode.Unauthorized,
                    $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancellation)}");
        }
    }

    [Fact]
    public async Task A_key_for_a_deleted_account_is_refused()
    {
        var error = await Assert.ThrowsAsync<AgentException>(() => new ApiKeyStore(new SingleDatabaseProvider(Database)).CreateAsync(Guid.NewGuid(), "x", null, Cancellation));
        Assert.Equal(401, error.Status);
    }

    [Fact]
    public async Task A_thread_that_vanishes_while_its_message_is_stored_is_not_found()
    {
        var (user, thread) = await MakeThreadAsync();
        // The first statement has seen the thread; the one that stores the message does not find it any more.
        await using (var command = Db.DataSource.CreateCommand("""
            create function vanish() returns trigger language plpgsql as $$ begin return null; end $$;
            create trigger vanish before insert on messages for each row execute function vanish()
            """))
            await command.ExecuteNonQueryAsync(Cancellation);
        var error = await Assert.ThrowsAsync<AgentException>(() => MakeAgent(ScriptedChat.Saying("x")).ProcessAsync("hello", user, thread, Cancellation));
        Assert.Equal(404, error.Status);
    }

    [Fact]
    public async Task A_deleted_thread_leaves_nothing_that_was_said_in_it()
    {
        var (user, gone) = await MakeThreadAsync();
        var store = new ThreadStore(new SingleDatabaseProvider(Database), new());
        var kept = (await store.CreateAsync(user, null, Cancellation)).ThreadId;
        var agent = MakeAgent(ScriptedChat.Saying("The quillfish answers."), new() { Memory = new() { CacheEmbeddings = true } });
        for (var i = 0; i < 3; i++)
            await agent.ProcessAsync(new TurnRequest($"A secret about the quillfish, number {i}", user, gone, $"gone-{i}"), SilentObserver.Instance, Cancellation);
        var other = MakeAgent(ScriptedChat.Saying("Nothing."), new() { Memory = new() { CacheEmbeddings = true } });
        var reply = await other.ProcessAsync(new TurnRequest("What do you know of fish?", user, kept, "kept"), SilentObserver.Instance, Cancellation);
        Assert.NotEmpty(reply.Recalled);
        Assert.True(await store.DeleteAsync(user, gone, Cancellation));

        foreach (var (name, _) in await Security.Tables.WithUserAsync(Db, Cancellation))
        {
            Assert.Equal(0L, await ScalarAsync<long>($"select count(*) from {name} t where t::text ilike '%quillfish%'"));
            Assert.Equal(0L, await ScalarAsync<long>($"select count(*) from {name} t where t::text like '%' || $1 || '%'", gone.ToString()));
        }
        // Of the other thread both texts.
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from embedding_cache"));
        var again = await other.ProcessAsync(new TurnRequest("What do you know of fish?", user, kept, "kept"), SilentObserver.Instance, Cancellation);
        Assert.Equal((reply.MessageId, 0), (again.MessageId, again.Recalled.Count));
    }

    [Fact]
    public async Task A_thread_that_is_deleted_while_another_ones_turn_recalls_it_is_not_in_the_answer_that_is_kept()
    {
        var (user, gone) = await MakeThreadAsync();
        var store = new ThreadStore(new SingleDatabaseProvider(Database), new());
        var (kept, third) = ((await store.CreateAsync(user, null, Cancellation)).ThreadId, (await store.CreateAsync(user, null, Cancellation)).ThreadId);
        await MakeAgent(ScriptedChat.Saying("I see.")).ProcessAsync("A secret about the quillfish", user, gone, Cancellation);
        await MakeAgent(ScriptedChat.Saying("I see.")).ProcessAsync("Another fish is the carp", user, third, Cancellation);
        var agent = MakeAgent(new ScriptedChat((_, _) => [new TextContent("Nothing.")]) { BeforePiece = (_, token) => store.DeleteAsync(user, gone, token) });
        var request = new TurnRequest("What do you know of fish?", user, kept, "kept");
        var reply = await agent.ProcessAsync(request, SilentObserver.Instance, Cancellation);
        Assert.Contains(reply.Recalled, r => r.ThreadId == gone);

        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from idempotency_keys where response::text ilike '%quillfish%'"));
        var again = await agent.ProcessAsync(request, SilentObserver.Instance, Cancellation);
        Assert.Equal(reply.Recalled.Where(r => r.ThreadId == third), again.Recalled);
        Assert.NotEmpty(again.Recalled);
    }

    [Theory]
    [InlineData(false, 404)]
    [InlineData(true, 502)]
    public async Task A_thread_that_is_deleted_during_its_own_turn_leaves_no_embedding(bool modelFails, int status)
    {
        var (user, gone) = await MakeThreadAsync();
        var store = new ThreadStore(new SingleDatabaseProvider(Database), new());
        using var embeddings = new HashedEmbeddingGenerator(1536);
        var chat = new ScriptedChat((_, _) => [new TextContent("The quillfish answers.")])
        {
            BeforePiece = async (_, token) =>
            {
                await store.DeleteAsync(user, gone, token);
                // As that of a message which was still on its way to the model for embeddings.
                await using var connection = await Database.OpenAsync(user, token);
                await new EmbeddingService(embeddings, ModelInfo.Offline, new() { Memory = new() { CacheEmbeddings = true } })
                    .EmbedAsync(connection, user, ["A secret about the quillfish"], token);
                if (modelFails)
                    throw new IOException("gone");
            },
        };
        var agent = MakeAgent(chat, new() { Memory = new() { CacheEmbeddings = true } });
        var error = await Assert.ThrowsAsync<AgentException>(() => agent.ProcessAsync("A secret about the quillfish", user, gone, Cancellation));
        Assert.Equal(status, error.Status);
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from embedding_cache"));
    }

    [Fact]
    public async Task A_deletion_waits_for_the_reply_that_is_being_stored_and_takes_it_along()
    {
        var (user, gone) = await MakeThreadAsync();
        await ScalarAsync<bool>("insert into embedding_cache (user_id, model, content_hash, embedding) values ($1, 'm/1', sha256('late'), '{1}') returning true", user);
        await using var other = await Db.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await other.BeginTransactionAsync(Cancellation);
        await using (var reply = new NpgsqlCommand("""
            with said as (insert into messages (user_id, thread_id, role, content) select user_id, id, 'assistant', 'late' from threads where id = $1)
            update threads set last_message_at = clock_timestamp() where id = $1
            """, other, transaction) { Parameters = { new() { Value = gone } } })
            await reply.ExecuteNonQueryAsync(Cancellation);
        var deleting = new ThreadStore(new SingleDatabaseProvider(Database), new()).DeleteAsync(user, gone, Cancellation);
        await WaitForAsync("select count(*) from pg_stat_activity where $1 = any (pg_blocking_pids(pid))", 1, other.ProcessID);
        await transaction.CommitAsync(Cancellation);
        Assert.True(await deleting);
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from embedding_cache"));
    }

    [Fact]
    public async Task Threads_that_recalled_each_other_are_deleted_at_once()
    {
        var (user, first) = await MakeThreadAsync();
        var store = new ThreadStore(new SingleDatabaseProvider(Database), new());
        var second = (await store.CreateAsync(user, null, Cancellation)).ThreadId;
        var agent = MakeAgent(ScriptedChat.Saying("I see."));
        await agent.ProcessAsync("The carp is a fish", user, second, Cancellation);
        foreach (var (thread, key) in ((Guid, string)[])[(first, "a"), (second, "b")])
            Assert.NotEmpty((await agent.ProcessAsync(new TurnRequest("What do you know of fish?", user, thread, key), SilentObserver.Instance, Cancellation)).Recalled);
        // Each has the time to touch one kept answer before the other comes to it.
        await using (var command = Db.DataSource.CreateCommand("""
            create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return coalesce(new, old); end $$;
            create trigger dawdle before update or delete on idempotency_keys for each row execute function dawdle()
            """))
            await command.ExecuteNonQueryAsync(Cancellation);
        var deleted = await Task.WhenAll(store.DeleteAsync(user, first, Cancellation), store.DeleteAsync(user, second, Cancellation));
        Assert.All(deleted, Assert.True);
    }
}
