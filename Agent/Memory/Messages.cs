namespace Agent.Memory;

/// <summary>A message as it is stored.</summary>
/// <param name="MessageId">Grows within a thread.</param>
/// <param name="Role"><c>user</c> or <c>assistant</c>.</param>
/// <param name="Text">What it says.</param>
/// <param name="CreatedAt">When (UTC).</param>
public sealed record StoredMessage(long MessageId, string Role, string Text, DateTime CreatedAt);

/// <summary>A message that semantic recall found, or a neighbour of one.</summary>
/// <param name="MessageId">The message.</param>
/// <param name="ThreadId">The thread it was said in.</param>
/// <param name="Role"><c>user</c> or <c>assistant</c>.</param>
/// <param name="Text">What it says.</param>
/// <param name="CreatedAt">When (UTC).</param>
/// <param name="Similarity">Cosine similarity to the query, -1 to 1.</param>
/// <param name="Neighbour">True when it came along with its neighbour.</param>
public sealed record RecalledMessage(
    long MessageId, Guid ThreadId, string Role, string Text, DateTime CreatedAt, double Similarity, bool Neighbour);
