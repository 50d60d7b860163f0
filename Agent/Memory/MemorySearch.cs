using Agent.Database;
using Agent.Models;

namespace Agent.Memory;

/// <summary>Semantic search in what a user has said, on demand.</summary>
public sealed class MemorySearch(IDatabaseProvider databases, EmbeddingService embeddings, ModelInfo model, AgentOptions options)
{
    /// <summary>Nearest messages, nearest first.</summary>
    /// <exception cref="AgentException">404: the thread is not one of the user's.</exception>
    public async Task<IReadOnlyList<RecalledMessage>> FindAsync(Guid userId, string text, int topK, Guid? threadId, CancellationToken cancellationToken)
    {
        var table = await databases.Current.GetVectorTableAsync(model, cancellationToken);
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        if (threadId is not null)
        {
            await using var batch = connection.CreateBatch().Add("select from threads where user_id = $1 and id = $2", userId, threadId);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                throw AgentException.ThreadNotFound();
        }
        var embedding = (await embeddings.EmbedAsync(connection, userId, [text], cancellationToken))[0];
        return await SemanticRecall.FindAsync(connection, table,
            new(userId, embedding, topK, ThreadId: threadId, EfSearch: options.Memory.EfSearch), cancellationToken);
    }
}
