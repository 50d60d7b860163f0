using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Agent.Models.OpenAi;

/// <summary>Makes the clients of one endpoint.</summary>
public static class OpenAiModels
{
    /// <summary>Whether the configuration asks for them: a key, or an endpoint that may do without.</summary>
    public static bool AreConfigured(OpenAiOptions options) => !string.IsNullOrWhiteSpace(options.ApiKey) || options.Endpoint is not null;

    public static IChatClient CreateChat(OpenAiOptions options) => new OpenAiChatClient(Create(options).GetChatClient(options.ChatModel), options);

    public static IEmbeddingGenerator<string, Embedding<float>> CreateEmbeddings(OpenAiOptions options)
        => new OpenAiEmbeddingGenerator(Create(options).GetEmbeddingClient(options.EmbeddingModel), options);

    static OpenAIClient Create(OpenAiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = new OpenAIClientOptions
        {
            NetworkTimeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
            RetryPolicy = new RetryPolicy(options.MaxRetries, TimeSpan.FromSeconds(options.MaxRetryDelaySeconds), TimeProvider.System),
            // The SDK would log requests with their messages at debug level.
            ClientLoggingOptions = new() { EnableLogging = false, EnableMessageLogging = false, EnableMessageContentLogging = false },
        };
        settings.AddPolicy(new FinishReasonPolicy(), PipelinePosition.PerTry);
        if (options.Endpoint is not null)
            settings.Endpoint = options.Endpoint;
        return new OpenAIClient(new ApiKeyCredential(string.IsNullOrWhiteSpace(options.ApiKey) ? "none" : options.ApiKey.Trim()), settings);
    }
}
