using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Facts;

static partial class Words
{
    /// <summary>Without the words that people end a sentence with but that say nothing.</summary>
    public static string TrimTail(string text) => Tail().Replace(text.Trim(), "").Trim(' ', ',', '.', '!', ';', ':');

    /// <summary>Share of the content words of the shorter text that the other has too; words count by their first five letters.</summary>
    public static double Overlap(string a, string b)
    {
        var (left, right) = (Content(a), Content(b));
        var smaller = Math.Min(left.Count, right.Count);
        return smaller == 0 ? 0 : (double)left.Count(right.Contains) / smaller;
    }

    /// <summary>"Eve's mother", "Tom and Eve's coach": known by somebody else's name.</summary>
    public static bool IsSomebodys(string text) => Possessive().IsMatch(text);

    /// <summary><paramref name="said"/> is <paramref name="known"/>, or some of its words and no other: "designer" of "graphic designer".</summary>
    public static bool Names(string said, string? known)
    {
        if (known is null)
            return false;
        var words = Word().Matches(known).Select(m => m.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var own = Word().Matches(said).Select(m => m.Value).ToList();
        return own.Count > 0 && own.All(w => words.Contains(w.TrimEnd('.')) || words.Contains(w));
    }

    /// <summary>The first word of <paramref name="known"/> stands in <paramref name="text"/>.</summary>
    public static bool Mentions(string text, string known)
        => Word().Match(known) is { Success: true } first && Word().Matches(text).Any(w => string.Equals(w.Value.TrimEnd('.'), first.Value, StringComparison.OrdinalIgnoreCase));

    static HashSet<string> Content(string text) => [.. Word().Matches(text.ToLowerInvariant())
        .Select(m => m.Value).Where(w => w.Length > 2 && !Empty().IsMatch(w)).Select(w => w[..Math.Min(5, w.Length)])];

    [GeneratedRegex(@"(\s+(please|if possible|someday|one day|some day|eventually|though|really|haha|lol|thanks|bitte|irgendwann|too|as well|i think|i guess|hopefully|now|instead|any ?more|at all|lately|right now|the most|so much|very much|a lot|again|zu werden(?<=es .*)|so))+\W*$|^\s*(to|for|in)\s+(?=\w+$)", RegexOptions.IgnoreCase)]
    private static partial Regex Tail();

    [GeneratedRegex(@"^(\p{Lu}[\p{L}-]+ (and|und|&) )?\p{Lu}[\p{L}-]+('s|s') \p{Ll}")]
    private static partial Regex Possessive();

    [GeneratedRegex(@"[\p{L}\p{N}+#.]+")]
    private static partial Regex Word();

    [GeneratedRegex("^(the|and|for|with|become|becoming|want|any|more|mehr|werden|eine?|einen|der|die|das|into|get|own|job|work|anymore|mein|meine)$")]
    private static partial Regex Empty();
}
