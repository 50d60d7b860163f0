namespace Agent.Models.Embeddings;

/// <summary>64-bit FNV-1a with a final mix: the same on every platform and in every process, unlike <see cref="string.GetHashCode()"/>.</summary>
static class FeatureHash
{
    const ulong Offset = 14695981039346656037, Prime = 1099511628211;

    public static ulong Of(char kind, ReadOnlySpan<char> feature)
    {
        var hash = Step(Offset, kind);
        foreach (var c in feature)
            hash = Step(hash, c);
        // FNV's low bits of short inputs are close together; without the mix they would share buckets.
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccd;
        return hash ^ (hash >> 33);
    }

    static ulong Step(ulong hash, char c) => unchecked((((hash ^ (byte)c) * Prime) ^ (byte)(c >> 8)) * Prime);
}
