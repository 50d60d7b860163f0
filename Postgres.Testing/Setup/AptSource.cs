using System.Text.RegularExpressions;

namespace Postgres.Testing;

/// <summary>One archive that apt is configured with.</summary>
/// <param name="Uri">Where it is.</param>
/// <param name="Suites">Its releases.</param>
/// <param name="Components">Its parts.</param>
/// <param name="SignedBy">Keyring file, fingerprint, or the key itself over several lines; null for apt's own keys.</param>
sealed partial record AptSource(string Uri, IReadOnlyList<string> Suites, IReadOnlyList<string> Components, string? SignedBy)
{
    /// <summary>Reads <c>sources.list</c> and <c>sources.list.d</c> below <paramref name="folder"/>, in apt's order.</summary>
    public static IReadOnlyList<AptSource> ReadAll(string folder)
    {
        var parts = Path.Combine(folder, "sources.list.d");
        string[] files = [Path.Combine(folder, "sources.list"), .. Directory.Exists(parts) ? Directory.GetFiles(parts).Order(StringComparer.Ordinal).ToArray() : []];
        return [.. files.Where(File.Exists).SelectMany(file => Path.GetExtension(file) switch
        {
            ".list" => ParseLines(File.ReadAllText(file)),
            ".sources" => ParseStanzas(File.ReadAllText(file)),
            _ => [],
        })];
    }

    /// <summary>The distribution's own archive, from which its packages of <paramref name="codename"/> come; null if none is. Cloud images name a
    /// list of mirrors (<c>mirror+file:/etc/apt/mirrors/debian.list</c>) instead.</summary>
    public static AptSource? FindMain(IEnumerable<AptSource> sources, string codename)
    {
        var possible = sources.Where(source => source.Suites.Contains(codename) && source.Components.Contains("main") && !source.Uri.StartsWith("cdrom:", StringComparison.Ordinal)).ToList();
        return possible.Find(source => ArchiveName().IsMatch(source.Uri)) ?? possible.Find(source => source.Uri.StartsWith("mirror", StringComparison.Ordinal));
    }

    /// <summary>The text of a <c>.sources</c> file for the source packages of another <paramref name="suite"/> of this archive.</summary>
    public string ToSourcePackages(string suite)
        => $"Types: deb-src\nURIs: {Uri}\nSuites: {suite}\nComponents: {(Components.Contains("universe") ? "main universe" : "main")}\n"
            + (SignedBy is null ? "" : $"Signed-By:{(SignedBy.StartsWith('\n') ? "" : " ")}{SignedBy}\n");

    /// <summary>Parses the format with one archive per line.</summary>
    public static IEnumerable<AptSource> ParseLines(string text)
    {
        foreach (Match line in OneLine().Matches(text))
        {
            var signedBy = SignedByOption().Match(line.Groups["options"].Value);
            yield return new(line.Groups["uri"].Value, [line.Groups["suite"].Value],
                line.Groups["components"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries), signedBy.Success ? signedBy.Groups[1].Value : null);
        }
    }

    /// <summary>Parses the deb822 format.</summary>
    public static IEnumerable<AptSource> ParseStanzas(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').Where(line => !line.StartsWith('#'));
        foreach (var stanza in BlankLines().Split(string.Join('\n', lines)))
        {
            var fields = Field().Matches(stanza).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.TrimEnd().TrimStart(' ', '\t'), StringComparer.OrdinalIgnoreCase);
            if (!Words("Types").Contains("deb") || fields.GetValueOrDefault("Enabled") is "no" or "false") continue;
            foreach (var uri in Words("URIs"))
                yield return new(uri, Words("Suites"), Words("Components"), fields.GetValueOrDefault("Signed-By"));

            string[] Words(string name) => fields.GetValueOrDefault(name, "").Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        }
    }

    [GeneratedRegex(@"^[ \t]*deb[ \t]+(?:\[(?<options>[^\]]*)\][ \t]+)?(?<uri>\S+)[ \t]+(?<suite>\S+)(?<components>[^#\n]*)", RegexOptions.Multiline)]
    private static partial Regex OneLine();

    [GeneratedRegex(@"signed-by=(\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex SignedByOption();

    [GeneratedRegex(@"\n[ \t]*\n")]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", RegexOptions.Multiline)]
    private static partial Regex Field();

    [GeneratedRegex(@"(?:debian|ubuntu|ubuntu-ports)/?$")]
    private static partial Regex ArchiveName();
}
