namespace Agent.Models;

/// <summary>Which models answer. Shown by <c>/api/info</c> and with every reply, so that nobody mistakes the rules for a model.</summary>
/// <param name="Provider"><c>offline</c> or <c>openai</c> (the latter for every endpoint that speaks its protocol).</param>
/// <param name="ChatModel">Name of the chat model.</param>
/// <param name="EmbeddingModel">Name of the embedding model; recorded with every vector, because vectors of two models never compare.</param>
/// <param name="Dimensions">Length of every embedding.</param>
/// <param name="IsOffline">True when no request ever leaves the process.</param>
public sealed record ModelInfo(string Provider, string ChatModel, string EmbeddingModel, int Dimensions, bool IsOffline)
{
    /// <summary>What runs when no key is configured.</summary>
    public static ModelInfo Offline { get; } = new(
        "offline", Models.Offline.OfflineChatClient.ModelName, Embeddings.HashedEmbeddingGenerator.ModelName,
        Embeddings.HashedEmbeddingGenerator.DefaultDimensions, IsOffline: true);
}
