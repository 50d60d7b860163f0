using System.Globalization;
using Agent.Database;
using Npgsql;

namespace Agent.Memory;

/// <summary>A thread in a list.</summary>
public sealed record ThreadInfo(Guid ThreadId, string? Title, DateTime CreatedAt, DateTime? LastMessageAt);

/// <summary>A page of something; <paramref name="NextCursor"/> is null on the last one.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>Threads of a user and the messages in them.</summary>
public sealed class ThreadStore(IDatabaseProvider databases, AgentOptions options)
{
    /// <summary>Makes a thread.</summary>
    /// <exception cref="AgentException">409: the user has as many threads as a user may have.</exception>
    public async Task<ThreadInfo> CreateAsync(Guid userId, string? title, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch()
            // Counting is exact only when nobody else of this user counts at the same time.
            .Prelude("select from users where id = $1 for update", userId)
            .Add("""
                insert into threads (id, user_id, title) select $1, $2, $3::text
                where (select count(*) from threads where user_id = $2) < $4 returning created_at
                """, id, userId, title, options.Limits.ThreadsPerUser);
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                throw new AgentException(StatusCodes.Status409Conflict, "Too many threads",
                    $"A user may have {options.Limits.ThreadsPerUser} threads (Agent:Limits:ThreadsPerUser). Delete some first.");
            return new(id, title, reader.GetDateTime(0), null);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw AgentException.AccountDeleted(e);
        }
    }

    /// <summary>A user's threads, newest first.</summary>
    public async Task<Page<ThreadInfo>> ListAsync(Guid userId, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var (before, beforeId) = Cursor.ParseThread(cursor);
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add("""
            select id, title, created_at, last_message_at from threads
            where user_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4
            """, userId, before, beforeId, limit + 1);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var threads = new List<ThreadInfo>();
        while (await reader.ReadAsync(cancellationToken))
        {
            threads.Add(new(reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetDateTime(2),
                reader.IsDBNull(3) ? null : reader.GetDateTime(3)));
        }
        return Cut(threads, limit, t => Cursor.Of(t.CreatedAt, t.ThreadId.ToString("N", CultureInfo.InvariantCulture)));
    }

    /// <summary>A page of a thread, newest page first, oldest message of the page first.</summary>
    /// <exception cref="AgentException">404: no such thread among the user's.</exception>
    public async Task<Page<StoredMessage>> MessagesAsync(Guid userId, Guid threadId, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var (before, beforeId) = Cursor.ParseMessage(cursor);
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch()
            .Add("select from threads where user_id = $1 and id = $2", userId, threadId)
            .Add("""
                select id, role, content, created_at from messages
                where user_id = $1 and thread_id = $2 and (created_at, id) < ($3, $4) order by created_at desc, id desc limit $5
                """, userId, threadId, before, beforeId, limit + 1);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            throw AgentException.ThreadNotFound();
        await reader.NextResultAsync(cancellationToken);
        var messages = new List<StoredMessage>();
        while (await reader.ReadAsync(cancellationToken))
            messages.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetDateTime(3)));
        var page = Cut(messages, limit, m => Cursor.Of(m.CreatedAt, m.MessageId.ToString(CultureInfo.InvariantCulture)));
        return page with { Items = [.. page.Items.Reverse()] };
    }

    /// <summary>Deletes a thread with its messages and vectors; false when it is not one of the user's.</summary>
    public async Task<bool> DeleteAsync(Guid userId, Guid threadId, CancellationToken cancellationToken)
    {
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        // What no foreign key takes along: answers kept for retries, the thread's own and what others recalled of it, and cached embeddings.
        await using var batch = connection.CreateBatch()
            // Other deletions, which change each other's answers, wait, and so do turns that store one; what a turn is storing is seen once it is stored.
            .Prelude("select from users where id = $1 for update", userId)
            .Prelude("select from threads where user_id = $1 and id = $2 for update", userId, threadId)
            .Add("""
            with gone as (delete from threads where user_id = $1 and id = $2 returning id),
            answered as (delete from idempotency_keys where user_id = $1 and thread_id = $2),
            recalled as (
                update idempotency_keys set response = jsonb_set(response, '{recalled}', coalesce((
                    select jsonb_agg(r) from jsonb_array_elements(response -> 'recalled') r where r ->> 'threadId' <> $2::text), '[]'))
                where user_id = $1 and thread_id <> $2 and response @> jsonb_build_object('recalled', jsonb_build_array(jsonb_build_object('threadId', $2::text)))),
            embedded as (
                delete from embedding_cache where user_id = $1 and content_hash in (
                    select sha256(convert_to(left(m.content, $3), 'UTF8')) from messages m where m.user_id = $1 and m.thread_id = $2))
            select id from gone
            """, userId, threadId, EmbeddingService.MaxCharacters);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken);
    }

    static Page<T> Cut<T>(List<T> items, int limit, Func<T, string> cursorOf)
        => items.Count <= limit ? new(items, null) : new(items[..limit], cursorOf(items[limit - 1]));
}
