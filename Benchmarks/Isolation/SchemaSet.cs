using System.Globalization;
using System.Text;

namespace Benchmarks.Isolation;

/// <summary>A schema to isolate tests in: users, threads, messages, memories (vectors under HNSW), tags, and as many more tables
/// as asked for, each with an identity, a foreign key and an index.</summary>
sealed record SchemaSet(string Name, int TableCount, int SeedRows = 0)
{
    public static readonly IReadOnlyList<SchemaSet> All = [new("small-5", 5), new("medium-50", 50), new("large-200", 200), new("seeded-10k", 5, 10_000)];

    static readonly string[] Core = ["users", "threads", "messages", "memories", "tags"];

    /// <summary>All tables, referenced ones before those that refer to them.</summary>
    public IReadOnlyList<string> Tables => [.. Core, .. Enumerable.Range(6, TableCount - Core.Length).Select(number => $"extra_{number}")];

    /// <summary>Tables that <see cref="SeedSql"/> fills.</summary>
    public IReadOnlyList<string> SeededTables => SeedRows == 0 ? [] : ["users", "threads", "messages", "tags"];

    public string MigrateSql
    {
        get
        {
            var sql = new StringBuilder("""
                create table users (id bigint generated always as identity primary key, email text not null unique, name text not null, created_at timestamptz not null default now());
                create table threads (id bigint generated always as identity primary key, user_id bigint not null references users on delete cascade, title text);
                create index on threads (user_id);
                create table messages (id bigint generated always as identity primary key, thread_id bigint not null references threads on delete cascade, body text not null, created_at timestamptz not null default now());
                create index on messages (thread_id);
                create table memories (id bigint generated always as identity primary key, body text, embedding vector(16) not null);
                create index on memories using hnsw (embedding vector_l2_ops);
                create table tags (id bigint generated always as identity primary key, message_id bigint references messages on delete cascade, name text not null);

                """);
            foreach (var number in Enumerable.Range(6, TableCount - Core.Length))
            {
                var parent = number / 2 <= Core.Length ? Core[number % 3] : $"extra_{number / 2}";
                sql.AppendLine(CultureInfo.InvariantCulture, $"create table extra_{number} (id bigint generated always as identity primary key, parent_id bigint references {parent}, name text, amount numeric); create index on extra_{number} (parent_id);");
            }
            return sql.ToString();
        }
    }

    public string SeedSql => SeedRows == 0 ? "" : $"""
        insert into users (email, name) select 'seed' || n || '@example.org', 'Seed ' || n from generate_series(1, {SeedRows / 4}) n;
        insert into threads (user_id, title) select n, 'thread ' || n from generate_series(1, {SeedRows / 4}) n;
        insert into messages (thread_id, body) select n, 'message ' || n from generate_series(1, {SeedRows / 4}) n;
        insert into tags (message_id, name) select n, 'tag ' || n from generate_series(1, {SeedRows / 4}) n;
        """;
}
