using System.Diagnostics;
using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Agent.Tools;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent;

/// <summary>The career agent: remembers what a person says, and answers from it. The database that it works on is injected.</summary>
public sealed class CareerAgent(
    AgentDatabase database, IChatClient chat, TurnRecall recall, ThreadSummary summaries, VectorIndexing indexing, ContentLog content,
    ModelInfo model, AgentOptions options)
{
    /// <summary>Storing what was said outlives the request that said it, but not for long.</summary>
    static readonly TimeSpan StoreLimit = TimeSpan.FromSeconds(15);

    /// <summary>The configuration that it was given.</summary>
    public DatabaseConfig Config => database.Config;

    /// <summary>Puts an agent together without a service container, for tests and tools.</summary>
    public static CareerAgent Create(
        AgentDatabase database, IChatClient chat, IEmbeddingGenerator<string, Embedding<float>> embeddings, ModelInfo model,
        AgentOptions? options = null, ILoggerFactory? logging = null)
    {
        options ??= new();
        logging ??= NullLoggerFactory.Instance;
        return new(database, chat, new(new(embeddings, model, options), options, logging.CreateLogger<TurnRecall>()),
            new(chat, model, options, logging.CreateLogger<ThreadSummary>()), new(options, logging.CreateLogger<VectorIndexing>()),
            new(options, logging.CreateLogger<ContentLog>()), model, options);
    }

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
        using var activity = Telemetry.Source.StartActivity("turn");
        activity?.SetTag("agent.thread_id", request.ThreadId).SetTag("gen_ai.request.model", model.ChatModel);
        var vectorTable = await database.GetVectorTableAsync(model, cancellationToken);
        await using var turn = await Turn.OpenAsync(database, request, options, cancellationToken);
        if (turn.State.Earlier is { } earlier)
            return earlier;

        var memories = await recall.FindAsync(turn, vectorTable, cancellationToken);
        await observer.RecalledAsync(memories.Messages, cancellationToken);
        var answer = new Answer(turn, memories, vectorTable, new WorkingMemory(turn.State.Profile), new(chat, options.Limits.ToolSteps));
        try
        {
            await AskAsync(answer, observer, cancellationToken);
        }
        catch (Exception e)
        {
            // What the client saw before it left is what is stored; when it saw nothing, only its own message is.
            if ((e is ClientGoneException || cancellationToken.IsCancellationRequested) && observer.IsStreaming && answer.Loop.Text.Length > 0)
                await StoreAsync(answer, AgentReply.Aborted);
            else
                await ForgetDeletedAsync(answer);
            throw;
        }
        var reply = await StoreAsync(answer, answer.Loop.FinishReason);
        if (reply.ProfileUpdated)
            await observer.ProfileChangedAsync(reply.Profile, reply.ProfileChanges, cancellationToken);
        activity?.SetTag("agent.recalled", reply.Recalled.Count).SetTag("agent.profile_updated", reply.ProfileUpdated)
            .SetTag("gen_ai.usage.input_tokens", reply.Usage?.InputTokens).SetTag("gen_ai.usage.output_tokens", reply.Usage?.OutputTokens);
        return reply;
    }

    async Task AskAsync(Answer answer, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var state = answer.Turn.State;
        using var activity = Telemetry.Source.StartActivity("answer");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Limits.TurnSeconds));
        var messages = Prompt.Build(answer.Turn.Request.Message, state, answer.Memories.Messages);
        try
        {
            await answer.Loop.RunAsync(messages, new(answer.Tools.All), observer, limit.Token);
        }
        // First of all: what a stopped call ends with is the endpoint's or the SDK's choice.
        catch (Exception e) when (e is not ClientGoneException && limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            throw new AgentException(StatusCodes.Status504GatewayTimeout, "The model took too long",
                $"The model did not finish within {options.Limits.TurnSeconds} s (Agent:Limits:TurnSeconds). Your message is stored; send it again to retry.", e);
        }
        catch (Exception e) when (e is not (AgentException or ClientGoneException or OperationCanceledException))
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            throw ModelFailure.Of(e);
        }
        finally
        {
            content.Write(answer.Turn.Request.ThreadId, messages, answer.Loop.Text);
        }
    }

    /// <summary>All or nothing: the reply, the vectors, the profile with its history. Once the reply was made, a client that leaves changes nothing.</summary>
    async Task<AgentReply> StoreAsync(Answer answer, string finishReason)
    {
        using var activity = Telemetry.Source.StartActivity("store");
        var turn = answer.Turn;
        // It has a limit of its own, so that an endpoint that hangs does not cost the reply.
        var embedding = await recall.EmbedAsync(turn, answer.Loop.Text, CancellationToken.None);
        using var limit = new CancellationTokenSource(StoreLimit);
        var result = new TurnResult((profile, changes) => answer.ToReply(profile, changes, finishReason, model), answer.Memory, answer.Tools.Raw,
            answer.VectorTable, answer.Memories.Embedding, embedding);
        try
        {
            await turn.CompleteAsync(result, limit.Token);
        }
        catch (AgentException e) when (e.Status == StatusCodes.Status404NotFound)
        {
            await ForgetDeletedAsync(answer);
            throw;
        }
        await summaries.TryUpdateAsync(turn, limit.Token);
        await indexing.SuggestAsync(database, turn, answer.VectorTable, limit.Token);
        return result.Stored!;
    }

    /// <summary>If the thread was deleted meanwhile: its deletion could not know of what was embedded since.</summary>
    async Task ForgetDeletedAsync(Answer answer)
    {
        if (answer.Turn.Connection.IsLost)
            return;
        using var limit = new CancellationTokenSource(StoreLimit);
        await recall.ForgetDeletedAsync(answer.Turn, answer.Loop.Text, limit.Token);
    }

    /// <summary>What belongs to one answer in the making.</summary>
    sealed record Answer(Turn Turn, Memories Memories, string VectorTable, WorkingMemory Memory, ToolLoop Loop)
    {
        public ProfileTools Tools { get; } = new(Memory, new OwnWords(
            [Turn.Request.Message, .. Turn.State.History.Where(m => m.Role == "user").Select(m => m.Text)],
            [.. Memories.Messages.Select(m => m.Text), Turn.State.Summary, Turn.State.Profile.Note]));

        public AgentReply ToReply(Profile profile, IReadOnlyList<ProfileChange> changes, string finishReason, ModelInfo model) => new()
        {
            MessageId = Turn.State.ReplyId,
            Reply = Loop.Text,
            ThreadId = Turn.Request.ThreadId,
            ProfileUpdated = changes.Count > 0,
            ProfileChanges = changes,
            Profile = profile,
            Recalled = Memories.Messages,
            Model = new(model.Provider, model.ChatModel, model.IsOffline),
            Usage = Loop.Usage is { } usage ? new(usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount) : null,
            FinishReason = finishReason,
        };
    }
}
