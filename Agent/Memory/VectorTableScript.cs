using System.Text;
using Agent.Database;
using Npgsql;

namespace Agent.Memory;

/// <summary>The DDL of a further table of vectors: as <c>vectors</c> is, partitioned like it, but of another size.</summary>
static class VectorTableScript
{
    /// <summary>A page of 8 kB must hold the vector with the rest of its row.</summary>
    const int MaxPlain = 1800;

    public static async Task<string> WriteAsync(NpgsqlConnection connection, string table, int dimensions, CancellationToken cancellationToken)
    {
        var partitions = await CountPartitionsAsync(connection, cancellationToken);
        var name = Sql.Quote(table);
        var script = new StringBuilder($"""
            create table {name} (
                user_id uuid not null, message_id bigint not null, thread_id uuid not null, embedding vector({dimensions}) not null,
                content text not null, metadata jsonb not null default '{"{}"}', created_at timestamptz not null,
                in_index boolean not null default false,
                primary key (user_id, message_id),
                foreign key (user_id, message_id) references messages (user_id, id) on delete cascade
            ) {(partitions > 0 ? "partition by hash (user_id)" : "")};

            """);
        var tables = new List<string> { name };
        for (var i = 0; i < partitions; i++)
        {
            tables.Add(Sql.Quote($"{table}_p{i}"));
            script.AppendLine($"create table {tables[^1]} partition of {name} for values with (modulus {partitions}, remainder {i});");
        }
        if (dimensions <= MaxPlain)
        {
            script.AppendLine($"alter table {name} alter column embedding set storage plain;");
            // Partitions have the parameter, a partitioned table has not.
            foreach (var leaf in partitions == 0 ? tables : tables[1..])
                script.AppendLine($"alter table {leaf} set (toast_tuple_target = 8160);");
        }
        script.AppendLine($"create index on {name} using hnsw (embedding vector_cosine_ops) with (ef_construction = 200) where in_index;");
        script.AppendLine($"create index on {name} (user_id, in_index);");
        script.AppendLine($"""
            create policy own_rows on {name} using (user_id = nullif(current_setting('agent.user_id', true), '')::uuid)
                with check (user_id = nullif(current_setting('agent.user_id', true), '')::uuid);
            """);
        foreach (var each in tables)
            script.AppendLine($"alter table {each} enable row level security; alter table {each} force row level security;");
        return script.ToString();
    }

    static async Task<int> CountPartitionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select count(*)::int from pg_inherits where inhparent = 'vectors'::regclass", connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
