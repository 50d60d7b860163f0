using Agent.Models.Embeddings;
using Microsoft.Extensions.AI;

namespace Agent.Models.Offline;

/// <summary>Ids that follow from the request, because a deterministic client must not draw random ones.</summary>
static class Ids
{
    public static string Of(IReadOnlyList<ChatMessage> messages)
        => $"offline-{messages.Count}-{FeatureHash.Of('i', messages.Count == 0 ? "" : messages[^1].Text):x16}";

    public static string OfCall(OfflineTurn turn, string tool, int index)
        => $"call-{FeatureHash.Of('c', turn.UserText):x16}-{turn.Calls.Count + index}-{tool}";
}
