using Agent.Database;

namespace Agent.Memory;

/// <summary>What recall looks for.</summary>
/// <param name="UserId">Whose messages.</param>
/// <param name="Embedding">The query's embedding.</param>
/// <param name="TopK">How many hits.</param>
/// <param name="MessageRange">Neighbours of each hit, before and after.</param>
/// <param name="ThreadId">Only in this thread; null looks in all of the user's.</param>
/// <param name="Threshold">Least similarity.</param>
/// <param name="Exclude">Messages that the model sees anyway.</param>
/// <param name="EfSearch">Candidates that the index keeps.</param>
public sealed record RecallQuery(
    Guid UserId, float[] Embedding, int TopK, int MessageRange = 0, Guid? ThreadId = null, double? Threshold = null,
    IReadOnlyList<long>? Exclude = null, int EfSearch = 100);

/// <summary>Nearest messages of a user by cosine distance, with their neighbours.</summary>
public static class SemanticRecall
{
    /// <summary>Runs the query as one round trip. Hits come nearest first, each with its neighbours in the order of their thread.</summary>
    public static async Task<IReadOnlyList<RecalledMessage>> FindAsync(
        UserConnection connection, string vectorTable, RecallQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(query);
        await using var batch = Prepare(connection, vectorTable, query);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var found = new List<RecalledMessage>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var message = new RecalledMessage(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3),
                reader.GetDateTime(4), Math.Round(reader.GetDouble(5), 4), reader.GetBoolean(6));
            // One message can be a hit and the neighbour of another hit.
            var index = found.FindIndex(f => f.MessageId == message.MessageId);
            if (index >= 0)
                found[index] = found[index] with { Neighbour = found[index].Neighbour && message.Neighbour };
            else if (query.Exclude?.Contains(message.MessageId) != true)
                found.Add(message);
        }
        return found;
    }

    internal static UserBatch Prepare(UserConnection connection, string vectorTable, RecallQuery query)
    {
        var batch = connection.CreateBatch();
        var efSearch = Math.Clamp(query.EfSearch, 1, 1000).ToString(null, null);
        var iterative = connection.Capabilities.HasIterativeScan ? ", set_config('hnsw.iterative_scan', 'relaxed_order', true)" : "";
        // Whether to search the index depends on how much of it is the user's, so that is planned for the user. Everything else is planned once
        // for all: of users who came after the last ANALYZE the planner believes that they have one row, and then any index is as good as any other.
        batch.Prelude($"""
            select set_config('hnsw.ef_search', $1, true){iterative}, set_config('plan_cache_mode', case
                when exists (select from {Sql.Quote(vectorTable)} where user_id = $2 and in_index) then 'auto' else 'force_generic_plan' end, true)
            """, efSearch, query.UserId);
        return batch.Add(Statement(vectorTable, query.ThreadId is not null, query.MessageRange > 0),
            [query.UserId, query.Embedding, query.Exclude?.ToArray() ?? [], query.TopK, 1 - (query.Threshold ?? -1),
             .. query.MessageRange > 0 ? new object?[] { query.MessageRange } : [],
             .. query.ThreadId is { } thread ? new object?[] { thread } : []]);
    }

    /// <summary>
    /// The ordering is by the distance operator itself, which alone the index serves; similarity is for the answer only. Young vectors, which
    /// are not in the index, are read one and all. The index is left alone when it has nothing of the user's: it would be searched to its end.
    /// Neighbours are found by key range in the order of their thread.
    /// </summary>
    internal static string Statement(string vectorTable, bool inThread, bool withNeighbours)
    {
        var (table, thread) = (Sql.Quote(vectorTable), inThread ? $" and v.thread_id = {(withNeighbours ? "$7" : "$6")}" : "");
        // A subquery, so that the cast of 1536 numbers is done once and not for each row.
        const string query = "(select embedding from query)";
        var nearest = $"""
            with query as materialized (select $2::real[]::vector as embedding),
            young as materialized (
                select v.message_id, v.thread_id, v.created_at, v.embedding <=> {query} as distance
                from {table} v
                where v.user_id = $1 and not v.in_index and v.message_id <> all ($3){thread}
                order by v.embedding <=> {query}
                limit $4),
            indexed as materialized (
                select v.message_id, v.thread_id, v.created_at, v.embedding <=> {query} as distance
                from {table} v
                where v.user_id = $1 and v.in_index and v.message_id <> all ($3){thread}
                    and exists (select from {table} any_of where any_of.user_id = $1 and any_of.in_index)
                order by v.embedding <=> {query}
                limit $4),
            nearest as materialized (
                select * from (select * from young union all select * from indexed) both_kinds order by distance, message_id limit $4)
            """;
        return nearest + (withNeighbours ? $"""

            select m.id, m.thread_id, m.role, m.content, m.created_at,
                   coalesce(1 - case when m.id = h.message_id then h.distance else o.embedding <=> {query} end, 0), m.id <> h.message_id
            from nearest h cross join lateral (
                (select b.* from messages b where b.user_id = $1 and b.thread_id = h.thread_id
                    and (b.created_at, b.id) <= (h.created_at, h.message_id) order by b.created_at desc, b.id desc limit $6 + 1)
                union all
                (select a.* from messages a where a.user_id = $1 and a.thread_id = h.thread_id
                    and (a.created_at, a.id) > (h.created_at, h.message_id) order by a.created_at, a.id limit $6)
            ) m left join {Sql.Quote(vectorTable)} o on o.user_id = $1 and o.message_id = m.id and m.id <> h.message_id
            where h.distance <= $5
            order by h.distance, h.message_id, m.created_at, m.id
            """ : """

            select m.id, m.thread_id, m.role, m.content, m.created_at, 1 - h.distance, false
            from nearest h join messages m on m.user_id = $1 and m.id = h.message_id
            where h.distance <= $5
            order by h.distance, h.message_id
            """);
    }
}
