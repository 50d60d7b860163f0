using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Agent.Database;
using Agent.Models;
using Microsoft.Extensions.AI;

namespace Agent.Memory;

/// <summary>Turns texts into vectors of the recorded size, with a cache by content for models that cost money.</summary>
public sealed class EmbeddingService(IEmbeddingGenerator<string, Embedding<float>> generator, ModelInfo model, AgentOptions options)
{
    /// <summary>Characters that are embedded of a long text: about what embedding models take (8,000 tokens).</summary>
    internal const int MaxCharacters = 24_000;

    bool Caches => options.Memory.CacheEmbeddings ?? !model.IsOffline;

    /// <summary>Embeds the texts for the connection's user.</summary>
    /// <exception cref="DatabaseConfigurationException">The model's vectors have another size than the one that is configured.</exception>
    /// <exception cref="AgentException">The model failed, or gave numbers that are none.</exception>
    public async Task<IReadOnlyList<float[]>> EmbedAsync(
        UserConnection connection, Guid userId, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        texts = [.. texts.Select(t => StoredText.Cut(t, MaxCharacters))];
        if (!Caches)
            return await GenerateAsync(texts, cancellationToken);

        var hashes = HashesOf(texts);
        var vectors = new float[]?[texts.Count];
        await using (var batch = connection.CreateBatch().Add(
            "select content_hash, embedding from embedding_cache where user_id = $1 and model = $2 and content_hash = any ($3)",
            userId, CacheKey, hashes))
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var (hash, vector) = (reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<float[]>(1));
                for (var i = 0; i < hashes.Length; i++)
                    vectors[i] ??= hash.AsSpan().SequenceEqual(hashes[i]) && Array.TrueForAll(vector, float.IsFinite) ? vector : null;
            }
        }

        var missing = Enumerable.Range(0, texts.Count).Where(i => vectors[i] is null).ToArray();
        if (missing.Length > 0)
        {
            var made = await GenerateAsync([.. missing.Select(i => texts[i])], cancellationToken);
            await using var batch = connection.CreateBatch();
            for (var i = 0; i < missing.Length; i++)
            {
                vectors[missing[i]] = made[i];
                batch.Add("insert into embedding_cache (user_id, model, content_hash, embedding) values ($1, $2, $3, $4) "
                    + "on conflict (user_id, model, content_hash) do update set embedding = excluded.embedding",
                    userId, CacheKey, hashes[missing[i]], made[i]);
            }
            await batch.ExecuteAsync(cancellationToken);
        }
        return vectors!;
    }

    /// <summary>Takes texts of a thread out of the cache, unless the thread is still there.</summary>
    public async Task ForgetDeletedAsync(UserConnection connection, Guid userId, Guid threadId, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!Caches)
            return;
        await using var batch = connection.CreateBatch().Add(
            "delete from embedding_cache where user_id = $1 and content_hash = any ($3) and not exists (select from threads where user_id = $1 and id = $2)",
            userId, threadId, HashesOf(texts.Select(t => StoredText.Cut(t, MaxCharacters))));
        await batch.ExecuteAsync(cancellationToken);
    }

    static byte[][] HashesOf(IEnumerable<string> texts) => [.. texts.Select(t => SHA256.HashData(Encoding.UTF8.GetBytes(t)))];

    string CacheKey => $"{model.EmbeddingModel}/{model.Dimensions}";

    async Task<IReadOnlyList<float[]>> GenerateAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var embeddings = await generator.GenerateAsync(texts, cancellationToken: cancellationToken);
        foreach (var embedding in embeddings)
        {
            if (embedding.Vector.Length != model.Dimensions)
                throw new DatabaseConfigurationException(
                    $"The embedding model '{model.EmbeddingModel}' answered with {embedding.Vector.Length} dimensions, but {model.Dimensions} are configured " +
                    "and the vector table has that size. Correct the dimensions of the model, then run 'dotnet run --project Agent -- reembed'.");
            // A number that is too large for a float comes as infinity, and the database takes no vector with it.
            foreach (var number in embedding.Vector.Span)
            {
                if (!float.IsFinite(number))
                    throw new AgentException(StatusCodes.Status502BadGateway, "The embeddings do not fit",
                        $"The embedding model '{model.EmbeddingModel}' answered with a number that is none ({number.ToString(CultureInfo.InvariantCulture)}). Try again, or check OpenAI:EmbeddingModel.");
            }
        }
        return [.. embeddings.Select(e => e.Vector.ToArray())];
    }
}
