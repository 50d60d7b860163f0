using Agent.Database;
using Agent.Memory;
using Agent.Tests.Hosting;
using Microsoft.Extensions.AI;
using Npgsql;

namespace Agent.Tests.Memory;

/// <summary>What a failure of the database leaves to whoever gets the connection next.</summary>
public class FailedBatchTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    AgentDatabase Make() => new(Db.ToConfig() with { MaxPoolSize = 1 });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_statement_that_failed_while_it_was_being_prepared_does_not_spoil_the_connection(int before)
    {
        var (user, thread) = await MakeThreadAsync();
        await MakeAgent(ScriptedChat.Saying("Hello.")).ProcessAsync("hello", user, thread, Cancellation);
        await using var database = Make();
        async Task<int> SearchAsync(float number)
        {
            await using var connection = await database.OpenAsync(user, Cancellation);
            var embedding = new float[1536];
            embedding[0] = number;
            return (await SemanticRecall.FindAsync(connection, "vectors", new(user, embedding, 3), Cancellation)).Count;
        }

        // The second time a statement is prepared by itself.
        for (var i = 0; i < before; i++)
            Assert.Equal(2, await SearchAsync(1));
        await Assert.ThrowsAsync<PostgresException>(() => SearchAsync(float.PositiveInfinity));
        for (var i = 0; i < 4; i++)
            Assert.Equal(2, await SearchAsync(1));
    }

    [Fact]
    public async Task Within_one_connection_too_the_next_batch_is_sound()
    {
        var (user, _) = await MakeThreadAsync();
        await using var database = Make();
        await using var connection = await database.OpenAsync(user, Cancellation);
        async Task<int> DivideAsync(int by)
        {
            await using var batch = connection.CreateBatch().Add("select 1 / $1 as one, $1 as two where $1 is not null", by);
            await using var reader = await batch.ExecuteReaderAsync(Cancellation);
            return await reader.ReadAsync(Cancellation) ? reader.GetInt32(0) : -1;
        }

        Assert.Equal(1, await DivideAsync(1));
        await Assert.ThrowsAsync<PostgresException>(() => DivideAsync(0));
        for (var i = 0; i < 4; i++)
            Assert.Equal(1, await DivideAsync(1));
    }

    [Fact]
    public async Task What_succeeds_keeps_its_prepared_statements()
    {
        var (user, _) = await MakeThreadAsync();
        await using var database = Make();
        for (var i = 0; i < 4; i++)
        {
            await using var connection = await database.OpenAsync(user, Cancellation);
            await using var batch = connection.CreateBatch().Add("select count(*) from threads where user_id = $1", user);
            await using var reader = await batch.ExecuteReaderAsync(Cancellation);
            await reader.ReadAsync(Cancellation);
        }
        await using var last = await database.OpenAsync(user, Cancellation);
        await using var prepared = last.CreateBatch().Add("select count(*) from pg_prepared_statements where statement like '%from threads%'");
        await using var counted = await prepared.ExecuteReaderAsync(Cancellation);
        await counted.ReadAsync(Cancellation);
        Assert.Equal(1L, counted.GetInt64(0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_that_ends_in_the_middle_of_a_turn_is_the_databases_failure(bool cached)
    {
        var (user, thread) = await MakeThreadAsync();
        await using var database = Make();
        var chat = new ScriptedChat((_, _) => [new TextContent("Hello.")])
        {
            BeforePiece = async (_, _) => await ScalarAsync<long>(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and exists ("
                + "select from pg_locks l where l.pid = pg_stat_activity.pid and l.locktype = 'advisory' and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($1, 0))",
                $"thread {Db.SchemaName} {user:N} {thread:N}"),
        };
        var agent = MakeAgent(chat, new() { Memory = new() { CacheEmbeddings = cached } }, database: database);
        var error = await Assert.ThrowsAnyAsync<NpgsqlException>(() => agent.ProcessAsync("hello", user, thread, Cancellation));
        Assert.Equal(503, Agent.Http.Problems.Of(error).Status);
        Assert.Equal("Hello.", (await MakeAgent(ScriptedChat.Saying("Hello."), database: database).ProcessAsync("again", user, thread, Cancellation)).Reply);
    }
}
