using Microsoft.Extensions.AI;
using OpenAI.Embeddings;
using EmbeddingGenerationOptions = Microsoft.Extensions.AI.EmbeddingGenerationOptions;

namespace Agent.Models.OpenAi;

/// <summary>OpenAI's embeddings, through the official SDK. Safe for concurrent use.</summary>
public sealed class OpenAiEmbeddingGenerator(EmbeddingClient client, OpenAiOptions options) : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <exception cref="AgentException">The endpoint failed, or its vectors have another length than configured.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        // The endpoint refuses empty texts; a blank has an embedding like any other.
        var inputs = values.Select(v => v.Length == 0 ? " " : v).ToList();
        if (inputs.Count == 0)
            return [];
        var request = new OpenAI.Embeddings.EmbeddingGenerationOptions();
        if (Settings.RequestDimensions ?? Settings.EmbeddingModel.StartsWith("text-embedding-3", StringComparison.Ordinal))
            request.Dimensions = options?.Dimensions ?? Settings.Dimensions;
        var answer = await ModelErrors.CallAsync(async () => (await client.GenerateEmbeddingsAsync(inputs, request, cancellationToken)).Value,
            Settings, Settings.EmbeddingModel, cancellationToken);
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(answer.OrderBy(e => e.Index).Select(e => new Embedding<float>(e.ToFloats()) { ModelId = Settings.EmbeddingModel }))
        {
            Usage = answer.Usage is { } usage ? new() { InputTokenCount = usage.InputTokenCount, TotalTokenCount = usage.TotalTokenCount } : null,
        };
        if (embeddings.Count != inputs.Count || embeddings.Any(e => e.Vector.Length != (options?.Dimensions ?? Settings.Dimensions)))
            throw new AgentException(StatusCodes.Status502BadGateway, "The embeddings do not fit",
                $"'{Settings.EmbeddingModel}' gave {embeddings.Count} vectors of {embeddings.FirstOrDefault()?.Vector.Length ?? 0} numbers for {inputs.Count} texts; "
                + $"{Settings.Dimensions} are configured (OpenAI:Dimensions).");
        return embeddings;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("openai", Settings.Endpoint, Settings.EmbeddingModel, Settings.Dimensions)
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose() { }

    OpenAiOptions Settings => options;
}
