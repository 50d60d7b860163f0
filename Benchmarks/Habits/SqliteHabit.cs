using System.Globalization;

namespace Benchmarks.Habits;

/// <summary>The statements of the workload that SQLite understands, rewritten for it.</summary>
sealed class SqliteHabit() : Habit("sqlite-in-memory", "SQLite in memory instead of Postgres, one per test", 4)
{
    public override string Workload => "a port of its SQL";

    public override string Limits => "another database: no vector type, index or search, no row-level security, jsonb, arrays, roles, advisory locks or set_config, so that none of the agent's own SQL runs";

    public override Task<string?> MissingAsync(CancellationToken token) => Task.FromResult(Sqlite.Missing());

    public override Task StartAsync(CancellationToken token) => Task.CompletedTask;

    public override Task TestAsync(int lane, int number, CancellationToken token)
    {
        using var database = Sqlite.OpenInMemory();
        foreach (var sql in (string[])
        [
            "create table users (id text primary key, email text not null unique)",
            "create table profiles (user_id text primary key references users, raw_data text not null default '{}')",
            "create table threads (id text primary key, user_id text not null references users)",
            "create table messages (id integer primary key autoincrement, user_id text, thread_id text references threads, role text, content text)",
            "create table vectors (message_id integer primary key references messages, user_id text, embedding blob not null)",
        ]) database.Execute(sql);
        var (user, thread) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        database.Execute("insert into users values (?, 'ada@example.org')", user);
        database.Execute("insert into profiles (user_id) values (?)", user);
        database.Execute("insert into threads values (?, ?)", thread, user);
        for (var turn = 0; turn < 3; turn++)
        {
            foreach (var role in (string[])["user", "assistant"])
            {
                var id = database.Execute("insert into messages (user_id, thread_id, role, content) values (?, ?, ?, ?) returning id", user, thread, role, turn.ToString(CultureInfo.InvariantCulture));
                database.Execute("insert into vectors values (?, ?, ?)", id!, user, SqlWorkload.Embedding(turn));
            }
            database.Execute("update profiles set raw_data = json_set(raw_data, '$.turn', 1) where user_id = ?", user);
        }
        AgentWorkload.Check(database.Execute("select count(*) from messages") is 6L, "there are not 6 messages");
        AgentWorkload.Check(database.Execute("select count(*) from vectors") is 6L, "there are not 6 vectors");
        return Task.CompletedTask;
    }

    public override Task<int?> VectorRowsOf10Async(CancellationToken token) => Task.FromResult<int?>(null);

    public override Task<long?> MemoryAsync(CancellationToken token) => Task.FromResult<long?>(null);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
