using Agent.Database;
using Npgsql;

namespace Agent.Memory;

/// <summary>What a turn begins with.</summary>
public sealed record TurnState
{
    /// <summary>The person's message, stored.</summary>
    public required long MessageId { get; init; }
    public required DateTime MessageAt { get; init; }

    /// <summary>The id that the reply will have.</summary>
    public required long ReplyId { get; init; }

    /// <summary>Messages before this one, oldest first, under the budget.</summary>
    public required IReadOnlyList<StoredMessage> History { get; init; }
    public required Profile Profile { get; init; }

    /// <summary>Running summary of what the history no longer holds.</summary>
    public string? Summary { get; init; }

    /// <summary>Whether enough messages have left the history to continue the summary.</summary>
    public bool SummaryIsDue { get; init; }

    /// <summary>The answer that this post had already.</summary>
    public AgentReply? Earlier { get; init; }

    /// <summary>The part of an answer that this post had already, before its client left: the model is not shown it.</summary>
    public long? HalfReplyId { get; init; }

    /// <summary>One round trip and one transaction: wait for the thread, load, store the message.</summary>
    internal static async Task<TurnState> OpenAsync(
        UserConnection connection, TurnRequest request, string lockName, AgentOptions options, CancellationToken cancellationToken)
    {
        // 0 would wait for ever.
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, options.Limits.ThreadWaitSeconds * 1000));
        await using var batch = connection.CreateBatch().Waiting(wait)
            .Prelude("select set_config('lock_timeout', $1, true)", $"{(long)wait.TotalMilliseconds}ms")
            .Prelude("select pg_advisory_lock(hashtextextended($1, 0))", lockName);
        if (request.IdempotencyKey is not null)
            AccountLock.Hold(batch, request.UserId);
        batch
            // The key in a subquery: as a bare parameter, mostly null, it would have the statement planned anew in every turn.
            .Add("""
                select i.thread_id, i.request_hash, i.message_id, i.response::text, m.created_at
                from threads t
                left join idempotency_keys i on i.user_id = t.user_id and i.key = (select $3::text)
                left join messages m on m.user_id = i.user_id and m.id = i.message_id
                where t.user_id = $1 and t.id = $2
                """, request.UserId, request.ThreadId, request.IdempotencyKey)
            .Add("""
                select id, role, content, created_at from messages where user_id = $1 and thread_id = $2
                order by created_at desc, id desc limit $3
                """, request.UserId, request.ThreadId, options.Memory.HistoryMessages + 1)
            .Add("select filtered_data::text, projects::text from profiles where user_id = $1", request.UserId)
            .Add(ThreadSummary.CountStatement, request.UserId, request.ThreadId, options.Memory.HistoryMessages + ThreadSummary.Step)
            .Add("""
                with said as (
                    insert into messages (user_id, thread_id, role, content, created_at)
                    select t.user_id, t.id, 'user', $3, greatest(clock_timestamp(), t.last_message_at + interval '1 microsecond')
                    from threads t
                    where t.user_id = $1 and t.id = $2
                        and not exists (select from idempotency_keys i where i.user_id = $1 and i.key = $4::text)
                    returning id, created_at),
                touched as (
                    update threads set last_message_at = said.created_at from said where user_id = $1 and threads.id = $2),
                keyed as (
                    insert into idempotency_keys (user_id, key, thread_id, request_hash, message_id)
                    select $1, $4::text, $2, $5, id from said where $4::text is not null)
                select said.id, said.created_at from said
                """, request.UserId, request.ThreadId, request.Message, request.IdempotencyKey, request.Hash())
            .Add("select nextval('messages_id_seq')");
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, request, options, cancellationToken);
    }

    static async Task<TurnState> ReadAsync(NpgsqlDataReader reader, TurnRequest request, AgentOptions options, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken))
            throw AgentException.ThreadNotFound();
        (long Id, DateTime At)? message = null;
        AgentReply? earlier = null;
        if (!reader.IsDBNull(0))
        {
            if (reader.GetGuid(0) != request.ThreadId || !reader.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(request.Hash()))
                throw KeyReused(null);
            message = (reader.GetInt64(2), reader.GetDateTime(4));
            earlier = reader.IsDBNull(3) ? null : AgentJson.Deserialize<AgentReply>(reader.GetString(3));
        }

        await reader.NextResultAsync(cancellationToken);
        // What was sent of it stays; who asks again gets a whole one.
        var half = earlier is { FinishReason: AgentReply.Aborted } ? earlier.MessageId : (long?)null;
        if (half is not null)
            earlier = null;
        var history = new List<StoredMessage>();
        while (await reader.ReadAsync(cancellationToken))
            history.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetDateTime(3)));

        await reader.NextResultAsync(cancellationToken);
        var profile = await reader.ReadAsync(cancellationToken) ? ProfileStore.Parse(reader.GetString(0), reader.GetString(1)) : new();

        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var summary = reader.IsDBNull(0) ? null : reader.GetString(0);
        var summaryIsDue = reader.GetInt64(1) == options.Memory.HistoryMessages + ThreadSummary.Step;

        await reader.NextResultAsync(cancellationToken);
        if (await reader.ReadAsync(cancellationToken))
            message = (reader.GetInt64(0), reader.GetDateTime(1));

        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var replyId = reader.GetInt64(0);
        await reader.DrainAsync(cancellationToken);
        // The thread was deleted after the first statement had seen it.
        if (message is not { } said)
            throw AgentException.ThreadNotFound();

        return new()
        {
            MessageId = said.Id,
            MessageAt = said.At,
            ReplyId = replyId,
            History = HistoryWindow.Of(history.Where(m => m.MessageId != said.Id && m.MessageId != half), options.Memory),
            Profile = profile,
            Summary = summary,
            SummaryIsDue = summaryIsDue,
            Earlier = earlier,
            HalfReplyId = half,
        };
    }

    internal static AgentException KeyReused(Exception? cause) => new(StatusCodes.Status422UnprocessableEntity, "Idempotency key reused",
        "This idempotency key came with another message or thread before. Use a new key for every message, and the same one to retry it.", cause);
}
