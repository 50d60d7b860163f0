using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Agent.Tools;
using Microsoft.Extensions.AI;

namespace Agent;

/// <summary>The career agent: remembers what a person says, and answers from it. The database that it works on is injected.</summary>
public sealed partial class CareerAgent(
    AgentDatabase database, IChatClient chat, EmbeddingService embeddings, ModelInfo model, AgentOptions options, ILogger<CareerAgent> logger)
{
    /// <summary>The configuration that it was given.</summary>
    public DatabaseConfig Config => database.Config;

    /// <summary>Answers a message of a user in one of their threads.</summary>
    /// <returns>The reply, whether the profile was updated and how, and what was recalled.</returns>
    /// <exception cref="AgentException">No such thread among the user's, an invalid message, a model that fails; with the HTTP status that fits.</exception>
    public Task<AgentReply> ProcessAsync(string message, Guid userId, Guid threadId, CancellationToken cancellationToken = default)
        => ProcessAsync(new TurnRequest(message, userId, threadId), SilentObserver.Instance, cancellationToken);

    /// <summary>As the other overload, and tells <paramref name="observer"/> as it happens.</summary>
    public async Task<AgentReply> ProcessAsync(TurnRequest request, ITurnObserver observer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(observer);
        MessageRules.Check(request, options.Limits);
        await using var turn = await Turn.OpenAsync(database, request, options, cancellationToken);
        if (turn.State.Earlier is { } earlier)
            return earlier;

        var (recalled, embedding) = await RecallAsync(turn, request, cancellationToken);
        await observer.RecalledAsync(recalled, cancellationToken);

        var memory = new WorkingMemory(turn.State.Profile);
        var tools = new ProfileTools(memory);
        var loop = new ToolLoop(chat, new ToolRunner(tools.All), options.Limits.ToolSteps);
        AgentReply Reply(Profile profile, IReadOnlyList<ProfileChange> changes, string finishReason) => new()
        {
            MessageId = turn.State.ReplyId,
            Reply = loop.Text,
            ThreadId = request.ThreadId,
            ProfileUpdated = changes.Count > 0,
            ProfileChanges = changes,
            Profile = profile,
            Recalled = recalled,
            Model = new(model.Provider, model.ChatModel, model.IsOffline),
            Usage = loop.Usage is { } usage ? new(usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount) : null,
            FinishReason = finishReason,
        };
        try
        {
            await RunAsync(loop, Prompt.Build(request.Message, turn.State, recalled), observer, cancellationToken);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested || e is ClientGoneException)
        {
            await StoreAsync(turn, request, memory, tools, embedding, observer.IsStreaming ? loop.Text : "", (p, c) => Reply(p, c, "aborted"));
            throw;
        }
        var result = await CompleteAsync(turn, request, memory, tools, embedding, loop.Text, (p, c) => Reply(p, c, loop.FinishReason), cancellationToken);
        if (result.ProfileUpdated)
            await observer.ProfileChangedAsync(result.Profile, result.ProfileChanges, cancellationToken);
        return result;
    }

    async Task RunAsync(ToolLoop loop, List<ChatMessage> messages, ITurnObserver observer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Limits.TurnSeconds));
        try
        {
            await loop.RunAsync(messages, observer, limit.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AgentException(StatusCodes.Status504GatewayTimeout, "The model took too long",
                $"The model did not finish within {options.Limits.TurnSeconds} s (Agent:Limits:TurnSeconds). Your message is stored; send it again to retry.", e);
        }
    }

    /// <summary>What the client saw before it left is what is stored; when it saw nothing, only its own message is.</summary>
    async Task StoreAsync(Turn turn, TurnRequest request, WorkingMemory memory, ProfileTools tools, float[]? embedding, string text,
        Func<Profile, IReadOnlyList<ProfileChange>, AgentReply> reply)
    {
        if (text.Length == 0)
            return;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await CompleteAsync(turn, request, memory, tools, embedding, text, reply, limit.Token);
    }

    async Task<AgentReply> CompleteAsync(Turn turn, TurnRequest request, WorkingMemory memory, ProfileTools tools, float[]? embedding, string text,
        Func<Profile, IReadOnlyList<ProfileChange>, AgentReply> reply, CancellationToken cancellationToken)
    {
        var result = new TurnResult(reply, memory, tools.Raw, VectorTable.Default, embedding, await TryEmbedAsync(turn, request, text, cancellationToken));
        await turn.CompleteAsync(result, cancellationToken);
        return result.Stored!;
    }

    async Task<float[]?> TryEmbedAsync(Turn turn, TurnRequest request, string text, CancellationToken cancellationToken)
    {
        try
        {
            return (await embeddings.EmbedAsync(turn.Connection, request.UserId, [text], cancellationToken))[0];
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogEmbeddingFailed(e, request.ThreadId);
            return null;
        }
    }

    /// <summary>A turn without memory is better than none: a failure is logged, and the model answers from the history.</summary>
    async Task<(IReadOnlyList<RecalledMessage> Recalled, float[]? Embedding)> RecallAsync(Turn turn, TurnRequest request, CancellationToken cancellationToken)
    {
        var memory = options.Memory;
        var embedding = await TryEmbedAsync(turn, request, request.Message, cancellationToken);
        if (memory.TopK <= 0 || embedding is null)
            return ([], embedding);
        try
        {
            var query = new RecallQuery(request.UserId, embedding, memory.TopK, memory.MessageRange,
                memory.Scope == RecallScope.Thread ? request.ThreadId : null, memory.Threshold,
                [turn.State.MessageId, .. turn.State.History.Select(m => m.MessageId)], memory.EfSearch);
            return (await SemanticRecall.FindAsync(turn.Connection, VectorTable.Default, query, cancellationToken), embedding);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogRecallFailed(e, request.ThreadId);
            return ([], embedding);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recall failed in thread {ThreadId}; the turn goes on without it.")]
    partial void LogRecallFailed(Exception exception, Guid threadId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message of thread {ThreadId} could not be embedded; 'reembed' will make up for it.")]
    partial void LogEmbeddingFailed(Exception exception, Guid threadId);
}
