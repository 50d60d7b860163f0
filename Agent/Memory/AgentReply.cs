namespace Agent.Memory;

/// <summary>Which models answered.</summary>
public sealed record ReplyModel(string Provider, string ChatModel, bool Offline);

/// <summary>Tokens of a turn, where the model says.</summary>
public sealed record ReplyUsage(long? InputTokens, long? OutputTokens, long? TotalTokens);

/// <summary>What a turn led to. This is also the JSON of the answer, and what a retried post is answered with.</summary>
public sealed record AgentReply
{
    /// <summary>The stored reply.</summary>
    public required long MessageId { get; init; }
    public required string Reply { get; init; }
    public required Guid ThreadId { get; init; }
    public required bool ProfileUpdated { get; init; }
    public required IReadOnlyList<ProfileChange> ProfileChanges { get; init; }
    public required Profile Profile { get; init; }
    public required IReadOnlyList<RecalledMessage> Recalled { get; init; }
    public required ReplyModel Model { get; init; }
    public ReplyUsage? Usage { get; init; }

    /// <summary>The client left before the end; a retry of the same post gets a whole answer.</summary>
    internal const string Aborted = "aborted";

    /// <summary>Why the model stopped: <c>stop</c>, <c>length</c>, <c>content_filter</c>, <c>steps</c> (the limit of tool calls) or <c>aborted</c> (the client left).</summary>
    public string FinishReason { get; init; } = "stop";
}
