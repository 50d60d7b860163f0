using System.Globalization;
using Npgsql;

namespace Benchmarks.Habits;

/// <summary>The agent's test as plain statements on one connection: for habits whose one transaction the agent, which has
/// connections and transactions of its own, cannot live in.</summary>
static class SqlWorkload
{
    public static async Task RunAsync(NpgsqlConnection connection, CancellationToken token)
    {
        var (user, thread) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await ExecuteAsync(connection, "insert into users (id, email) values ($1, 'ada@example.org')", token, user);
        await ExecuteAsync(connection, "insert into profiles (user_id, filtered_data) values ($1, '{}')", token, user);
        await ExecuteAsync(connection, "insert into threads (id, user_id) values ($1, $2)", token, thread, user);
        for (var turn = 0; turn < 3; turn++)
        {
            foreach (var role in (string[])["user", "assistant"])
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"{role} says {turn}");
                var id = await ExecuteAsync(connection, "insert into messages (user_id, thread_id, role, content) values ($1, $2, $3, $4) returning id", token, user, thread, role, text);
                await ExecuteAsync(connection, """
                    insert into vectors (user_id, message_id, thread_id, embedding, content, created_at) values ($1, $2, $3, $4::real[]::vector, $5, clock_timestamp())
                    """, token, user, id!, thread, Embedding(turn), text);
            }
            await ExecuteAsync(connection, "update profiles set raw_data = raw_data || '{\"turn\": 1}' where user_id = $1", token, user);
            await ExecuteAsync(connection, "select content from vectors where user_id = $1 order by embedding <=> $2::real[]::vector limit 4", token, user, Embedding(turn));
        }
        AgentWorkload.Check(await ExecuteAsync(connection, "select count(*) from messages", token) is 6L, "there are not 6 messages");
        AgentWorkload.Check(await ExecuteAsync(connection, "select count(*) from vectors", token) is 6L, "there are not 6 vectors");
    }

    public static float[] Embedding(int number)
    {
        var random = new Random(number);
        return [.. Enumerable.Range(0, 1536).Select(_ => random.NextSingle() - 0.5f)];
    }

    static async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken token, params object[] arguments)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var argument in arguments) command.Parameters.Add(new() { Value = argument });
        return await command.ExecuteScalarAsync(token);
    }
}
