using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Agent.Models.Scripted;

/// <summary>
/// A chat client for tests of agents: answers with the steps it was given, one per call, and records what it was sent.
/// <example><code>
/// var model = new ScriptedChatClient()
///     .Calls("update_profile", new() { ["name"] = "Ada" })
///     .Says("Nice to meet you, Ada.");
/// // … run the agent …
/// Assert.Contains("Ada", model.Requests[^1].Messages[^1].Text);
/// </code></example>
/// </summary>
/// <remarks>Safe for concurrent use: each call takes the next step. Steps can be added while it runs.</remarks>
public sealed class ScriptedChatClient : IChatClient
{
    public const string ModelName = "scripted";

    readonly Lock _gate = new();
    readonly Queue<ScriptedStep> _steps = new();
    readonly List<ScriptedRequest> _requests = [];
    ScriptedStep? _otherwise;
    int _calls;

    /// <summary>What was sent, oldest first.</summary>
    public IReadOnlyList<ScriptedRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <summary>Steps that no call has taken yet.</summary>
    public int Remaining
    {
        get
        {
            lock (_gate)
                return _steps.Count;
        }
    }

    /// <summary>Answers the next call with text, streamed in the given pieces.</summary>
    public ScriptedChatClient Says(params string[] pieces) => Then(new ScriptedStep([.. pieces.Select(p => new TextContent(p))], ChatFinishReason.Stop));

    /// <summary>Answers the next call with a tool call.</summary>
    public ScriptedChatClient Calls(string tool, Dictionary<string, object?>? arguments = null) => CallsAll((tool, arguments));

    /// <summary>Answers the next call with parallel tool calls.</summary>
    public ScriptedChatClient CallsAll(params (string Tool, Dictionary<string, object?>? Arguments)[] calls)
        => Then(new ScriptedStep([.. calls.Select(c => new FunctionCallContent($"call-{Interlocked.Increment(ref _calls)}", c.Tool, c.Arguments ?? []))], ChatFinishReason.ToolCalls));

    /// <summary>Fails the next call after the given pieces, as a cut connection does.</summary>
    public ScriptedChatClient Fails(Exception exception, params string[] piecesBefore)
        => Then(new ScriptedStep([.. piecesBefore.Select(p => new TextContent(p))], ChatFinishReason.Stop) { Failure = exception });

    /// <summary>Adds any step: other finish reasons, usage, a wait.</summary>
    public ScriptedChatClient Then(ScriptedStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        lock (_gate)
            _steps.Enqueue(step);
        return this;
    }

    /// <summary>Answers every call that finds no step left; without it such a call throws.</summary>
    public ScriptedChatClient Otherwise(string text)
    {
        lock (_gate)
            _otherwise = new ScriptedStep([new TextContent(text)], ChatFinishReason.Stop);
        return this;
    }

    /// <exception cref="InvalidOperationException">The script has no step left.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc cref="GetResponseAsync"/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (step, id) = Take(new ScriptedRequest([.. messages.Select(m => m.Clone())], options?.Clone()));
        if (step.Until is { } until)
            await until.WaitAsync(cancellationToken);
        foreach (var content in step.Contents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Update(id, content);
        }
        if (step.Failure is { } failure)
            throw failure;
        var last = Update(id, new UsageContent(step.Usage));
        last.FinishReason = step.FinishReason;
        yield return last;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("scripted", defaultModelId: ModelName)
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose() { }

    (ScriptedStep Step, string Id) Take(ScriptedRequest request)
    {
        lock (_gate)
        {
            _requests.Add(request);
            if (!_steps.TryDequeue(out var step))
                step = _otherwise ?? throw new InvalidOperationException(
                    $"The script has no step for call {_requests.Count}; its last message is: {(request.Messages.Count == 0 ? "" : request.Messages[^1].Text)}. Add Says(…), Calls(…) or Otherwise(…).");
            return (step, $"scripted-{_requests.Count}");
        }
    }

    static ChatResponseUpdate Update(string id, AIContent content) => new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = ModelName };
}
