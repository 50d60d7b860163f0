using System.Diagnostics;
using Agent.Database;

namespace Agent.Memory;

/// <summary>What recall brought up for a turn, and the embedding of the person's message where it could be had.</summary>
public sealed record Memories(IReadOnlyList<RecalledMessage> Messages, float[]? Embedding);

/// <summary>Recall within a turn. A turn without memory is better than none: failures are logged and traced, and the turn goes on.</summary>
public sealed partial class TurnRecall(EmbeddingService embeddings, AgentOptions options, ILogger<TurnRecall> logger)
{
    /// <summary>Nearest messages of the past that the history does not show anyway.</summary>
    public async Task<Memories> FindAsync(Turn turn, string vectorTable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        using var activity = Telemetry.Source.StartActivity("recall");
        var (memory, request) = (options.Memory, turn.Request);
        var embedding = await EmbedAsync(turn, request.Message, cancellationToken);
        if (memory.TopK <= 0 || embedding is null)
            return new([], embedding);
        try
        {
            var query = new RecallQuery(request.UserId, embedding, memory.TopK, memory.MessageRange,
                memory.Scope == RecallScope.Thread ? request.ThreadId : null, memory.Threshold,
                [turn.State.MessageId, turn.State.HalfReplyId ?? 0, .. turn.State.History.Select(m => m.MessageId)], memory.EfSearch);
            return new(await SemanticRecall.FindAsync(turn.Connection, vectorTable, query, cancellationToken), embedding);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            turn.Connection.ThrowIfLost(e);
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            LogRecallFailed(e, request.ThreadId);
            return new([], embedding);
        }
    }

    /// <summary>The embedding of a message of the turn; null when the model fails or takes too long.</summary>
    public async Task<float[]?> EmbedAsync(Turn turn, string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Memory.EmbeddingSeconds));
        try
        {
            return (await embeddings.EmbedAsync(turn.Connection, turn.Request.UserId, [text], limit.Token))[0];
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not DatabaseConfigurationException)
        {
            // With the connection went the hold on the thread: there is no turn any more.
            turn.Connection.ThrowIfLost(e);
            Activity.Current?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            LogEmbeddingFailed(e, turn.Request.ThreadId);
            return null;
        }
    }

    /// <summary>Forgets the embeddings of the turn's message and of its reply, if the thread is not there any more.</summary>
    public Task ForgetDeletedAsync(Turn turn, string reply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return embeddings.ForgetDeletedAsync(turn.Connection, turn.Request.UserId, turn.Request.ThreadId, [turn.Request.Message, reply], cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recall failed in thread {ThreadId}; the turn goes on without it.")]
    partial void LogRecallFailed(Exception exception, Guid threadId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message of thread {ThreadId} could not be embedded; 'reembed' will make up for it.")]
    partial void LogEmbeddingFailed(Exception exception, Guid threadId);
}
