using Microsoft.Extensions.AI;

namespace Agent.Models.Embeddings;

/// <summary>
/// Embeddings without a model: words, word pairs and character n-grams hashed into a vector of length 1.
/// Texts that share words, also misspelled or inflected ones, are near; texts that share only meaning are not.
/// Deterministic across processes and platforms, needs no network, and is safe for concurrent use.
/// </summary>
/// <remarks>A text without a letter or digit embeds to the first unit vector: cosine distance to a zero vector would be NaN.</remarks>
public sealed class HashedEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>Change it whenever the features change: vectors of two versions do not compare.</summary>
    public const string ModelName = "hashed-ngrams-1";

    /// <summary>The length that text-embedding-3-small has, so that both fit the same column.</summary>
    public const int DefaultDimensions = 1536;

    readonly int _dimensions;

    /// <param name="dimensions">Length of the vectors, at least 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 64 dimensions: everything would collide with everything.</exception>
    public HashedEmbeddingGenerator(int dimensions = DefaultDimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 64);
        _dimensions = dimensions;
    }

    /// <summary>The vector of one text: <see cref="DefaultDimensions"/> numbers whose squares sum to 1.</summary>
    public float[] Embed(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var vector = new float[_dimensions];
        TextFeatures.Visit(text, (hash, weight) =>
        {
            // The top bit is the sign: colliding features cancel as often as they add.
            vector[(int)(hash % (ulong)_dimensions)] += (hash >> 63) == 0 ? weight : -weight;
        });
        Normalize(vector);
        return vector;
    }

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var embeddings = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var value in values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            embeddings.Add(new Embedding<float>(Embed(value)) { ModelId = ModelName });
        }
        return Task.FromResult(embeddings);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        if (serviceType == typeof(EmbeddingGeneratorMetadata))
            return new EmbeddingGeneratorMetadata("offline", defaultModelId: ModelName, defaultModelDimensions: _dimensions);
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose() { }

    static void Normalize(float[] vector)
    {
        var squares = 0d;
        foreach (var x in vector)
            squares += (double)x * x;
        if (squares == 0)
        {
            vector[0] = 1;
            return;
        }
        var scale = (float)(1 / Math.Sqrt(squares));
        for (var i = 0; i < vector.Length; i++)
            vector[i] *= scale;
    }
}
