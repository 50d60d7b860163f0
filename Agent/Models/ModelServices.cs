using Agent.Models.Embeddings;
using Agent.Models.Offline;
using Microsoft.Extensions.AI;

namespace Agent.Models;

public static class ModelServices
{
    /// <summary>
    /// Registers <see cref="IChatClient"/>, <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> and <see cref="ModelInfo"/>:
    /// OpenAI's when a key is configured, else the offline ones, which need neither key nor network.
    /// </summary>
    public static IServiceCollection AddAgentModels(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddSingleton(ModelInfo.Offline);
        services.AddSingleton<IChatClient>(new OfflineChatClient());
        services.AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(new HashedEmbeddingGenerator());
        return services;
    }
}
