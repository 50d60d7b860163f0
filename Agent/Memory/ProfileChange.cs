using System.Text.Json.Nodes;

namespace Agent.Memory;

/// <summary>One field of the working memory before and after a turn.</summary>
/// <param name="Field">Its name in the profile's JSON.</param>
/// <param name="Old">Its value before; null when it had none.</param>
/// <param name="New">Its value after.</param>
public sealed record ProfileChange(string Field, JsonNode? Old, JsonNode? New);

/// <summary>A stored change with its origin: the answer to "why do you think that?".</summary>
/// <param name="Field">The field.</param>
/// <param name="Old">Its value before.</param>
/// <param name="New">Its value after.</param>
/// <param name="ChangedAt">When.</param>
/// <param name="ThreadId">The thread in which the person said it.</param>
/// <param name="MessageId">The person's message.</param>
/// <param name="Message">What it said.</param>
public sealed record ProfileHistoryEntry(
    string Field, JsonNode? Old, JsonNode? New, DateTime ChangedAt, Guid ThreadId, long MessageId, string? Message);
