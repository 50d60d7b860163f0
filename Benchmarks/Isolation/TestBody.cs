using System.Globalization;
using Npgsql;

namespace Benchmarks.Isolation;

/// <summary>What a measured test does: three inserts that depend on each other and a query, or the same with a vector.</summary>
static class TestBody
{
    public static async Task PlainAsync(NpgsqlConnection connection, CancellationToken token)
    {
        var user = await ScalarAsync(connection, "insert into users (email, name) values ($1, 'Ada') returning id", Guid.NewGuid().ToString(), token);
        var thread = await ScalarAsync(connection, "insert into threads (user_id, title) values ($1, 'first') returning id", user, token);
        await ScalarAsync(connection, "insert into messages (thread_id, body) values ($1, 'hello') returning id", thread, token);
        var found = await ScalarAsync(connection,
            "select count(*) from users u join threads t on t.user_id = u.id join messages m on m.thread_id = t.id where u.id = $1", user, token);
        if (found != 1) throw new InvalidOperationException($"The test found {found} rows instead of its one.");
    }

    public static async Task VectorAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await PlainAsync(connection, token);
        await using var insert = new NpgsqlCommand("insert into memories (body, embedding) values ('x', $1::real[]::vector)", connection) { Parameters = { new() { Value = Vector(1, 0.5) } } };
        await insert.ExecuteNonQueryAsync(token);
    }

    /// <summary>The vector number <paramref name="number"/> at about the given distance from the origin.</summary>
    public static float[] Vector(int number, double distance)
    {
        var random = new Random(number);
        var raw = Enumerable.Range(0, 16).Select(_ => random.NextDouble() - 0.5).ToArray();
        var length = Math.Sqrt(raw.Sum(value => value * value));
        return [.. raw.Select(value => (float)(value / length * distance))];
    }

    static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql, object argument, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = argument } } };
        return Convert.ToInt64(await command.ExecuteScalarAsync(token), CultureInfo.InvariantCulture);
    }
}
