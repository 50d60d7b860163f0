using System.Text.Json.Nodes;
using Agent.Database;

namespace Agent.Memory;

/// <summary>Reads the working memory and where it came from.</summary>
public sealed class ProfileReader(IDatabaseProvider databases)
{
    public async Task<Profile> ReadAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add("select filtered_data::text, projects::text from profiles where user_id = $1", userId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ProfileStore.Parse(reader.GetString(0), reader.GetString(1)) : new();
    }

    /// <summary>Changes, newest first, each with the message that it came from.</summary>
    public async Task<IReadOnlyList<ProfileHistoryEntry>> HistoryAsync(Guid userId, string? field, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add("""
            select c.field, c.old_value::text, c.new_value::text, c.changed_at, c.thread_id, c.message_id, m.content
            from profile_changes c left join messages m on m.user_id = c.user_id and m.id = c.message_id
            where c.user_id = $1 and ($2::text is null or c.field = $2::text) order by c.id desc limit $3
            """, userId, field, limit);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var entries = new List<ProfileHistoryEntry>();
        while (await reader.ReadAsync(cancellationToken))
        {
            entries.Add(new(reader.GetString(0), Json(1), Json(2), reader.GetDateTime(3), reader.GetGuid(4), reader.GetInt64(5),
                reader.IsDBNull(6) ? null : reader.GetString(6)));
        }
        return entries;

        JsonNode? Json(int column) => reader.IsDBNull(column) ? null : JsonNode.Parse(reader.GetString(column));
    }
}
