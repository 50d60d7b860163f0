using Agent.Models.Embeddings;
using Agent.Models.Offline;
using Agent.Models.OpenAi;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Agent.Models;

public static class ModelServices
{
    /// <summary>
    /// Registers <see cref="IChatClient"/>, <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> and <see cref="ModelInfo"/>: OpenAI's, or
    /// a compatible endpoint's, when <see cref="OpenAiOptions"/> names a key or an endpoint; else the offline ones. What is registered already stays.
    /// </summary>
    public static IServiceCollection AddAgentModels(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = configuration.GetSection("OpenAI").Get<OpenAiOptions>() ?? new();
        // Empty, it is not set.
        if (string.IsNullOrWhiteSpace(configuration["OpenAI:Endpoint"]))
            options = options with { Endpoint = null };
        if (string.IsNullOrWhiteSpace(options.ApiKey))
            options = options with { ApiKey = configuration["OPENAI_API_KEY"] };
        if (OpenAiModels.AreConfigured(options))
        {
            services.TryAddSingleton(new ModelInfo("openai", options.ChatModel, options.EmbeddingModel, options.Dimensions, IsOffline: false));
            services.TryAddSingleton(_ => OpenAiModels.CreateChat(options));
            services.TryAddSingleton(_ => OpenAiModels.CreateEmbeddings(options));
            return services;
        }
        services.TryAddSingleton(ModelInfo.Offline);
        services.TryAddSingleton<IChatClient>(_ => new OfflineChatClient());
        services.TryAddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(_ => new HashedEmbeddingGenerator());
        return services;
    }
}
