using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Agent.Models.OpenAi;

/// <summary>OpenAI's chat completions, through the official SDK, as an <see cref="IChatClient"/>. Safe for concurrent use.</summary>
public sealed class OpenAiChatClient(ChatClient client, OpenAiOptions options) : IChatClient
{
    /// <exception cref="AgentException">The endpoint failed; it says why and which setting mends it.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc cref="GetResponseAsync"/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var calls = new ToolCallDeltas();
        ChatFinishReason? finish = null;
        StreamingChatCompletionUpdate? last = null;
        var updates = client.CompleteChatStreamingAsync(OpenAiMessages.Of(messages), OpenAiMessages.OptionsOf(options, Defaults), cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        await using (updates)
        {
            while (await ModelErrors.CallAsync(() => updates.MoveNextAsync().AsTask(), Defaults, Defaults.ChatModel, cancellationToken))
            {
                var update = updates.Current;
                calls.Add(update.ToolCallUpdates);
                last = update;
                // Some endpoints name one with every piece.
                if (update.FinishReason is { } reason && (finish is null || finish == ChatFinishReason.Stop))
                    finish = FinishOf(reason);
                if (Contents(update) is { Count: > 0 } contents)
                    yield return Update(update, contents);
            }
        }
        if (last is null)
            throw ModelErrors.OtherProtocol(Defaults);
        if (finish is null)
            throw new AgentException(StatusCodes.Status502BadGateway, "The model's answer broke off",
                $"{Defaults.Endpoint?.Authority ?? "api.openai.com"} ended its answer before it was complete. Try again.");
        // Arguments come in pieces; only now they are whole.
        yield return Update(last, calls.Take(), finish);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("openai", Defaults.Endpoint, Defaults.ChatModel)
            : serviceType == typeof(ChatClient) ? client
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose() { }

    OpenAiOptions Defaults => options;

    static List<AIContent> Contents(StreamingChatCompletionUpdate update)
    {
        var contents = new List<AIContent>();
        foreach (var part in update.ContentUpdate)
            if (part.Kind == ChatMessageContentPartKind.Text && part.Text is { Length: > 0 } text)
                contents.Add(new TextContent(text));
        if (update.RefusalUpdate is { Length: > 0 } refusal)
            contents.Add(new TextContent(refusal));
        if (update.Usage is { } usage)
            contents.Add(new UsageContent(new()
            {
                InputTokenCount = usage.InputTokenCount,
                OutputTokenCount = usage.OutputTokenCount,
                TotalTokenCount = usage.TotalTokenCount,
                CachedInputTokenCount = usage.InputTokenDetails?.CachedTokenCount,
            }));
        return contents;
    }

    static ChatResponseUpdate Update(StreamingChatCompletionUpdate update, IList<AIContent> contents, ChatFinishReason? reason = null)
        => new(ChatRole.Assistant, contents)
        {
            ResponseId = update.CompletionId,
            MessageId = update.CompletionId,
            ModelId = update.Model,
            FinishReason = reason,
        };

    static ChatFinishReason FinishOf(OpenAI.Chat.ChatFinishReason reason) => reason switch
    {
        OpenAI.Chat.ChatFinishReason.Length => ChatFinishReason.Length,
        OpenAI.Chat.ChatFinishReason.ContentFilter => ChatFinishReason.ContentFilter,
        OpenAI.Chat.ChatFinishReason.ToolCalls or OpenAI.Chat.ChatFinishReason.FunctionCall => ChatFinishReason.ToolCalls,
        _ => ChatFinishReason.Stop,
    };
}
