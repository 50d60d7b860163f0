using Microsoft.Extensions.AI;

namespace Agent.Models.Scripted;

/// <summary>One answer of a <see cref="ScriptedChatClient"/>.</summary>
/// <param name="Contents">Streamed in this order, one update each.</param>
/// <param name="FinishReason">Why the model stopped.</param>
public sealed record ScriptedStep(IReadOnlyList<AIContent> Contents, ChatFinishReason FinishReason)
{
    /// <summary>Tokens, as a model would count them.</summary>
    public UsageDetails Usage { get; init; } = new() { InputTokenCount = 10, OutputTokenCount = 5, TotalTokenCount = 15 };

    /// <summary>Thrown after the contents.</summary>
    public Exception? Failure { get; init; }

    /// <summary>The answer waits for it: hold a call in the middle without a sleep.</summary>
    public Task? Until { get; init; }
}

/// <summary>One call of a <see cref="ScriptedChatClient"/>, as it was when it came.</summary>
/// <param name="Messages">Everything the model was given.</param>
/// <param name="Options">Tools and settings.</param>
public sealed record ScriptedRequest(IReadOnlyList<ChatMessage> Messages, ChatOptions? Options);
