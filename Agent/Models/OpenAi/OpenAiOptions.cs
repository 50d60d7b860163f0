namespace Agent.Models.OpenAi;

/// <summary>
/// Settings of the section <c>OpenAI</c>: OpenAI itself, or any endpoint that speaks its protocol (Azure OpenAI's v1 API, Ollama, vLLM,
/// GitHub Models) by address, model and key.
/// </summary>
public sealed record OpenAiOptions
{
    /// <summary>The key; the environment variable <c>OPENAI_API_KEY</c> when empty. Without either the agent works offline. Never logged.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Base address, such as <c>http://localhost:11434/v1</c>; OpenAI's own when null. Set without a key, a placeholder key is sent.</summary>
    public Uri? Endpoint { get; init; }

    public string ChatModel { get; init; } = "gpt-4o-mini";

    public string EmbeddingModel { get; init; } = "text-embedding-3-small";

    /// <summary>Length of the embeddings. It is the vector column's: another one needs a table of its own.</summary>
    public int Dimensions { get; init; } = 1536;

    /// <summary>Ask the endpoint for that length. Only models that can shorten their vectors (text-embedding-3) know the parameter; off, their own length has to fit.</summary>
    public bool? RequestDimensions { get; init; }

    /// <summary>Seconds that the endpoint may be silent: until the first byte, and between any two pieces of a stream.</summary>
    public double TimeoutSeconds { get; init; } = 60;

    /// <summary>Tries after the first one, for 408, 429, 5xx and lost connections. A stream that has begun is never tried again.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>Longest wait between two tries; when the endpoint asks for more, its error is passed on at once.</summary>
    public double MaxRetryDelaySeconds { get; init; } = 20;

    /// <summary>Longest answer in tokens; the model's own limit when null.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>The key does not show, so that an options record in a log line gives nothing away.</summary>
    public override string ToString() => $"{ChatModel} and {EmbeddingModel} ({Dimensions}) at {Endpoint?.Host ?? "api.openai.com"}";
}
