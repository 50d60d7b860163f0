using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Agent.Tools;

/// <summary>The words of a text, without what writing can do to them: case, mark-up, line breaks, hyphens, characters that nobody sees.</summary>
sealed partial class WordList
{
    static readonly HashSet<string> Small = ["a", "an", "the", "of", "and", "or", "to", "in", "at", "for", "with", "on", "by", "as", "is", "my", "i",
        "der", "die", "das", "und", "oder", "in", "mit", "für", "von", "zu", "am", "im", "ein", "eine", "als", "ich"];

    readonly HashSet<string> distinct;
    readonly string run;
    readonly string joined;

    public WordList(string text)
    {
        Tokens = [.. Word().Matches(Visible(text)).Select(m => m.Value)];
        distinct = [.. Tokens];
        run = $" {string.Join(' ', Tokens)} ";
        joined = string.Concat(Tokens);
    }

    /// <summary>All words in their order.</summary>
    public string[] Tokens { get; }

    /// <summary>The words that say something, each once; all of them where none does.</summary>
    public IReadOnlyCollection<string> Telling => distinct.Any(t => !Small.Contains(t)) ? [.. distinct.Where(t => !Small.Contains(t))] : distinct;

    public bool Has(string token) => distinct.Contains(token);

    /// <summary>Whether all words of the other stand here, one after the other.</summary>
    public bool HasRun(WordList other) => run.Contains(other.run, StringComparison.Ordinal);

    /// <summary>As <see cref="HasRun"/>, also where longer words are written apart or together: "Type Script", "E v i l".</summary>
    public bool HasJoined(WordList other) => HasRun(other) || other.joined.Length >= 8 && joined.Contains(other.joined, StringComparison.Ordinal);

    /// <summary>Whether a word stands here, with another ending or a slip of the keyboard.</summary>
    public bool HasAlike(string token) => Has(token) || distinct.Any(mine => AreAlike(token, mine)) || token.Length >= 8 && joined.Contains(token, StringComparison.Ordinal);

    /// <summary>Typos and endings do not make another word.</summary>
    static bool AreAlike(string a, string b)
    {
        if (a == b)
            return true;
        if (Math.Min(a.Length, b.Length) < 4)
            return false;
        var stem = Math.Max(4, Math.Min(a.Length, b.Length) * 2 / 3);
        return a.Length >= stem && b.Length >= stem && a.AsSpan(0, stem).SequenceEqual(b.AsSpan(0, stem)) || EditDistance(a, b) <= (a.Length >= 7 ? 2 : 1);
    }

    static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            (var diagonal, row[0]) = (row[0], i);
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    /// <summary>Lower case, in one form of each character, without soft hyphens and joiners. Half a character is none.</summary>
    static string Visible(string text)
    {
        var clean = StoredText.Clean(text).Normalize(NormalizationForm.FormKC).ToLowerInvariant();
        return clean.Any(IsFormat) ? string.Concat(clean.Where(c => !IsFormat(c))) : clean;
    }

    static bool IsFormat(char c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Format;

    [GeneratedRegex(@"[\p{L}\p{M}\p{Nd}#+]+")]
    private static partial Regex Word();
}
