using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Lexicon;

/// <summary>A term found in a text, under its canonical name.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="Index">Where it starts in the text.</param>
/// <param name="Length">How many characters of the text it takes.</param>
/// <param name="Proper">It is a product's name, not a common noun.</param>
/// <param name="Everyday">It is an everyday word too, and needs a context to count.</param>
readonly record struct Term(string Name, int Index, int Length, bool Proper, bool Everyday);

/// <summary>Finds terms of a word list in a text: the longest at each place, aliases and small typos included.</summary>
sealed partial class Terms
{
    readonly Dictionary<string, (string? Name, bool Everyday)> _byAlias = new(StringComparer.Ordinal);
    readonly ILookup<int, string> _fuzzy;
    readonly int _maxWords;

    public static Terms Skills { get; } = new("skills");
    public static Terms Languages { get; } = new("languages");

    Terms(string list)
    {
        foreach (var line in LexiconFile.Lines(list))
        {
            var everyday = line[0] == '!';
            var asWritten = line[0] == '~' || char.IsLower(line[0]);
            var names = line.TrimStart('!', '~').Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            for (var i = 0; i < names.Length; i++)
                _byAlias.TryAdd(names[i].ToLowerInvariant(), (asWritten ? null : names[0], everyday && i == 0));
        }
        _maxWords = _byAlias.Keys.Max(k => k.Count(c => c == ' ') + 1);
        _fuzzy = _byAlias.Where(a => !a.Value.Everyday && a.Key.Length >= 5 && a.Key.All(char.IsLetter))
            .Select(a => a.Key).ToLookup(k => (int)k[0]);
    }

    public IEnumerable<Term> Find(string text)
    {
        var words = Word().Matches(text);
        for (var i = 0; i < words.Count; i++)
        {
            if (Longest(text, words, i) is not { } found)
                continue;
            yield return found.Term;
            i += found.Words - 1;
        }
    }

    (Term Term, int Words)? Longest(string text, MatchCollection words, int at)
    {
        for (var n = Math.Min(_maxWords, words.Count - at); n > 0; n--)
        {
            var start = words[at].Index;
            var end = words[at + n - 1].Index + words[at + n - 1].Length;
            var key = text[start..end].ToLowerInvariant();
            if (_byAlias.TryGetValue(key, out var entry) || _byAlias.TryGetValue(key.Replace('-', ' '), out entry))
                return (new Term(entry.Name ?? Plain(text[start..end]), start, end - start, entry.Name is not null, entry.Everyday && !IsWrittenAs(text[start..end], entry.Name)), n);
            if (n == 1 && !Vocabulary.Occupations.Contains(key) && !Vocabulary.NotNames.Contains(key) && Typos.Nearest(key, _fuzzy[key[0]]) is { } near)
                return (new Term(_byAlias[near].Name ?? near, start, end - start, _byAlias[near].Name is not null, Everyday: false), 1);
        }
        return null;

        // "C" and "R" are letters and list marks, "Go" and "Express" start sentences: only Excel-like words are safe as written.
        static bool IsWrittenAs(string written, string? name) => name is "Excel" or "Rust" or "Flask" or "SAS" or "Swift" && written == name;
    }

    /// <summary>The name of exactly this term, else null.</summary>
    public string? Canonical(string term)
        => _byAlias.TryGetValue(term.Trim().ToLowerInvariant(), out var entry) ? entry.Name ?? Plain(term.Trim()) : null;

    /// <summary>Without the capital that a sentence or a list gave it: "Lesson planning" and "lesson planning" are one.</summary>
    static string Plain(string written) => written.Length > 1 && char.IsUpper(written[0]) && written.Contains(' ', StringComparison.Ordinal) && char.IsLower(written[1])
        ? char.ToLowerInvariant(written[0]) + written[1..] : written;

    [GeneratedRegex(@"\.?[\p{L}\p{N}](?:[\p{L}\p{N}+#]|[.\-/&'](?=[\p{L}\p{N}]))*")]
    private static partial Regex Word();
}
