using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Agent.Security;

/// <summary>A key: <c>ak_</c>, a prefix to find it by, and a secret of 256 bits to prove it. Only a hash is ever stored.</summary>
/// <param name="Prefix">Twelve characters; not secret.</param>
/// <param name="Text">The whole key, as it is shown once.</param>
public sealed record ApiKey(string Prefix, string Text)
{
    const int PrefixLength = 12;

    /// <summary>SHA-256 of the whole key. A slow hash would add nothing: nobody guesses 256 random bits.</summary>
    public byte[] Hash => SHA256.HashData(Encoding.UTF8.GetBytes(Text));

    /// <summary>A new random key.</summary>
    public static ApiKey Create()
    {
        var prefix = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", PrefixLength);
        return new(prefix, $"ak_{prefix}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}");
    }

    /// <summary>Takes a key apart.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ApiKey? key)
    {
        key = null;
        if (text is null || text.Length != 3 + PrefixLength + 1 + 43 || !text.StartsWith("ak_", StringComparison.Ordinal) || text[3 + PrefixLength] != '_')
            return false;
        if (!text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            return false;
        key = new(text.Substring(3, PrefixLength), text);
        return true;
    }

    // A record would print the secret.
    public override string ToString() => $"ak_{Prefix}_…";
}
