using System.Runtime.CompilerServices;
using Agent.Models.Offline.Facts;
using Agent.Models.Offline.Replies;
using Microsoft.Extensions.AI;

namespace Agent.Models.Offline;

/// <summary>
/// A chat client that needs neither key nor network: rules read the facts that people state about themselves, call the
/// profile tools with them, and answer from the profile and from recalled messages. It says of itself that it is rule-based.
/// Deterministic (same messages, same answer), without state, safe for concurrent use; made for first steps, demos and tests.
/// </summary>
public sealed class OfflineChatClient : IChatClient
{
    public const string ModelName = "offline-rules-1";

    readonly TimeProvider _time;

    /// <param name="time">Tells the year, which "since 2018" needs; the system's clock when null.</param>
    public OfflineChatClient(TimeProvider? time = null) => _time = time ?? TimeProvider.System;

    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var contents = Answer(request, options, cancellationToken);
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, contents))
        {
            ModelId = ModelName,
            ResponseId = Ids.Of(request),
            FinishReason = FinishOf(contents),
            Usage = Usage.Of(request, contents),
        });
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        var contents = Answer(request, options, cancellationToken);
        var id = Ids.Of(request);
        foreach (var piece in contents.SelectMany(Pieces))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Update(id, piece);
        }
        var last = Update(id, new UsageContent(Usage.Of(request, contents)));
        last.FinishReason = FinishOf(contents);
        yield return last;
        await Task.CompletedTask;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(ChatClientMetadata)
            ? new ChatClientMetadata("offline", defaultModelId: ModelName)
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose() { }

    IList<AIContent> Answer(IReadOnlyList<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var turn = OfflineTurn.Read(messages);
        var facts = FactReader.Read(turn, _time.GetUtcNow().Year, cancellationToken);
        var calls = ToolCalls.Next(turn, facts, options);
        return calls.Count > 0 ? [.. calls] : [new TextContent(ReplyWriter.Write(turn, facts))];
    }

    static ChatFinishReason FinishOf(IList<AIContent> contents)
        => contents.Any(c => c is FunctionCallContent) ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;

    static ChatResponseUpdate Update(string id, AIContent content)
        => new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = ModelName };

    /// <summary>Text streams word by word, as people expect of a model; joined, the pieces are the text.</summary>
    static IEnumerable<AIContent> Pieces(AIContent content)
    {
        if (content is not TextContent { Text: var text })
        {
            yield return content;
            yield break;
        }
        for (var start = 0; start < text.Length;)
        {
            var space = text.IndexOf(' ', Math.Min(start + 12, text.Length));
            var end = space < 0 ? text.Length : space + 1;
            yield return new TextContent(text[start..end]);
            start = end;
        }
    }
}
