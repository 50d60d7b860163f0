using Agent.Database;
using Npgsql;

namespace Agent.Memory;

/// <summary>What came of a turn.</summary>
/// <param name="Reply">Builds the answer from the profile and its changes as they are written.</param>
/// <param name="Memory">The working memory with the turn's edits.</param>
/// <param name="Raw">Arguments of the profile tools as the model gave them.</param>
/// <param name="VectorTable">Where the embeddings belong.</param>
/// <param name="MessageEmbedding">Of the person's message; null when it could not be had.</param>
/// <param name="ReplyEmbedding">Of the reply; null when it could not be had.</param>
public sealed record TurnResult(
    Func<Profile, IReadOnlyList<ProfileChange>, AgentReply> Reply, WorkingMemory Memory, string Raw,
    string VectorTable, float[]? MessageEmbedding, float[]? ReplyEmbedding)
{
    /// <summary>The answer as it was stored.</summary>
    public AgentReply? Stored { get; internal set; }
}

/// <summary>Writes a turn in one transaction: the reply, both vectors, the working memory with its history, and the answer for retries.</summary>
static class TurnWriter
{
    public static async Task WriteAsync(
        UserConnection connection, TurnRequest request, TurnState state, TurnResult result, CancellationToken cancellationToken)
    {
        if (!result.Memory.HasChanges)
        {
            await using var single = connection.CreateBatch();
            if (request.IdempotencyKey is not null)
                AccountLock.Hold(single, request.UserId);
            Add(single, request, state, result);
            await ExecuteAsync(single, cancellationToken);
            return;
        }

        // A turn of another thread may have written the profile since: lock it, and apply the edits to what is there now.
        await using var transaction = await connection.BeginAsync(cancellationToken);
        await using (var read = AccountLock.Hold(connection.CreateBatch(), request.UserId).Add(
            "select filtered_data::text, projects::text from profiles where user_id = $1 for update", request.UserId))
        await using (var reader = await read.ExecuteReaderAsync(cancellationToken))
        {
            if (await reader.ReadAsync(cancellationToken))
                result.Memory.Rebase(ProfileStore.Parse(reader.GetString(0), reader.GetString(1)));
            await reader.DrainAsync(cancellationToken);
        }
        await using (var batch = connection.CreateBatch())
        {
            Add(batch, request, state, result);
            await ExecuteAsync(batch, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The first statement returns a row, unless the thread or its user has been deleted since the turn began.</summary>
    static async Task ExecuteAsync(UserBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                throw AgentException.ThreadNotFound();
            await reader.DrainAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw AgentException.ThreadNotFound(e);
        }
    }

    static void Add(UserBatch batch, TurnRequest request, TurnState state, TurnResult result)
    {
        var changes = result.Memory.Changes();
        var reply = result.Stored = result.Reply(result.Memory.Current, changes);
        batch.Add("""
            with said as (
                insert into messages (id, user_id, thread_id, role, content, metadata, created_at)
                select $3, t.user_id, t.id, 'assistant', $4, jsonb_build_object('model', $5, 'finish_reason', $6, 'answers', $7),
                    greatest(clock_timestamp(), t.last_message_at + interval '1 microsecond')
                from threads t where t.user_id = $1 and t.id = $2
                returning created_at)
            update threads set last_message_at = said.created_at from said where user_id = $1 and id = $2
            returning id
            """, request.UserId, request.ThreadId, reply.MessageId, reply.Reply, reply.Model.ChatModel, reply.FinishReason, state.MessageId);
        AddVector(batch, request, result.VectorTable, state.MessageId, result.MessageEmbedding);
        AddVector(batch, request, result.VectorTable, reply.MessageId, result.ReplyEmbedding);
        if (changes.Count > 0)
            AddProfile(batch, request, state, result, changes);
        if (request.IdempotencyKey is not null)
        {
            // A thread that has been deleted since recall is not to live on here.
            batch.Add("""
                update idempotency_keys set response = jsonb_set($3::jsonb, '{recalled}', coalesce((
                    select jsonb_agg(r order by n) from jsonb_array_elements($3::jsonb -> 'recalled') with ordinality a(r, n)
                    where exists (select from threads where user_id = $1 and id = (r ->> 'threadId')::uuid)), '[]'))
                where user_id = $1 and key = $2
                """, request.UserId, request.IdempotencyKey, AgentJson.Serialize(reply));
            batch.Add("delete from idempotency_keys where user_id = $1 and created_at < clock_timestamp() - interval '1 day'", request.UserId);
        }
    }

    static void AddVector(UserBatch batch, TurnRequest request, string table, long messageId, float[]? embedding)
    {
        if (embedding is null)
            return;
        batch.Add($"""
            insert into {Sql.Quote(table)} (user_id, message_id, thread_id, embedding, content, metadata, created_at)
            select user_id, id, thread_id, $3::real[]::vector, content, jsonb_build_object('role', role), created_at
            from messages where user_id = $1 and id = $2
            on conflict (user_id, message_id) do update set embedding = excluded.embedding
            """, request.UserId, messageId, embedding);
    }

    static void AddProfile(UserBatch batch, TurnRequest request, TurnState state, TurnResult result, IReadOnlyList<ProfileChange> changes)
    {
        var profile = result.Memory.Current;
        batch.Add("""
            insert into profiles as p (user_id, username, raw_data, filtered_data, projects) values ($1, $2::text, $3::jsonb, $4::jsonb, $5::jsonb)
            on conflict (user_id) do update set username = excluded.username, raw_data = p.raw_data || excluded.raw_data,
                filtered_data = excluded.filtered_data, projects = excluded.projects, updated_at = clock_timestamp()
            """, request.UserId, profile.Name, result.Raw, ProfileStore.FilteredData(profile), ProfileStore.Projects(profile));
        batch.Add("update users set interest = coalesce($2::text, interest), has_completed_onboarding = $3 where id = $1",
            request.UserId, profile.Interest, profile.OnboardingCompleted);
        foreach (var change in changes)
        {
            batch.Add("""
                insert into profile_changes (user_id, thread_id, message_id, field, old_value, new_value)
                values ($1, $2, $3, $4, $5::jsonb, $6::jsonb)
                """, request.UserId, request.ThreadId, state.MessageId, change.Field,
                change.Old?.ToJsonString(AgentJson.Options), change.New?.ToJsonString(AgentJson.Options));
        }
    }
}
