using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Agent.Testing;

/// <summary>The lease of a test as it travels with its requests: which schema their database work belongs to.</summary>
/// <param name="SchemaName">The test's own schema.</param>
/// <param name="Number">Counts the leases of one boot: a schema serves many tests, and only its latest may still use it.</param>
public readonly record struct TestLease(string SchemaName, long Number)
{
    /// <summary>Header that carries a signed lease.</summary>
    public const string Header = "X-Test-Lease";

    /// <summary>Setting with the key of this boot. Only the environment Test reads it.</summary>
    public const string KeySetting = "AGENT_TEST_LEASE_KEY";

    const int MinKeyLength = 32;

    /// <summary>The header's value: schema, number and their HMAC-SHA256 under <paramref name="key"/>.</summary>
    /// <param name="key">The key of this boot, at least 32 characters.</param>
    public string Sign(string key)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(SchemaName)}.{Number}");
        return $"{text}.{Convert.ToHexStringLower(Mac(text, key))}";
    }

    /// <summary>The lease of a header that was signed with <paramref name="key"/>; null for any other.</summary>
    public static TestLease? Verify(string header, string key)
    {
        ArgumentNullException.ThrowIfNull(header);
        var end = header.LastIndexOf('.');
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (end < 0 || Convert.FromHexString(header.AsSpan(end + 1), mac, out _, out var length) != System.Buffers.OperationStatus.Done
            || length != mac.Length || !CryptographicOperations.FixedTimeEquals(mac, Mac(header[..end], key)))
        {
            return null;
        }
        // Whoever has the key wrote this, so it has this form.
        var middle = header.LastIndexOf('.', end - 1);
        return new(Uri.UnescapeDataString(header[..middle]), long.Parse(header.AsSpan(middle + 1, end - middle - 1), CultureInfo.InvariantCulture));
    }

    static byte[] Mac(string text, string key) => key.Length >= MinKeyLength
        ? HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text))
        : throw new ArgumentException($"The key of the test leases ({KeySetting}) has {key.Length} characters; it needs {MinKeyLength} or more.");
}
