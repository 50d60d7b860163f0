using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Agent.Database;

/// <summary>One numbered SQL script, embedded in the assembly as <c>Database/Migrations/NNNN_name.sql</c>.</summary>
/// <param name="Version">Its number: 1, 2, 3, … without gaps.</param>
/// <param name="Name">What it is about.</param>
/// <param name="Script">The SQL.</param>
public sealed partial record Migration(int Version, string Name, string Script)
{
    /// <summary>SHA-256 of the script in lower-case hex; line endings do not count, because Git may change them.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(Script.Replace("\r\n", "\n", StringComparison.Ordinal))));

    /// <summary>All migrations of the agent, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = ReadAll();

    static List<Migration> ReadAll()
    {
        var assembly = typeof(Migration).Assembly;
        var migrations = new List<Migration>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (ResourceName().Match(resource) is not { Success: true } match)
                continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            migrations.Add(new(int.Parse(match.Groups["version"].ValueSpan, null), match.Groups["name"].Value, reader.ReadToEnd()));
        }
        migrations.Sort((a, b) => a.Version.CompareTo(b.Version));
        return migrations;
    }

    [GeneratedRegex(@"\.Migrations\.(?<version>\d{4})_(?<name>\w+)\.sql$")]
    private static partial Regex ResourceName();
}
