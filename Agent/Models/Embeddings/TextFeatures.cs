using System.Collections.Frozen;

namespace Agent.Models.Embeddings;

/// <summary>
/// What two texts are compared by. The word itself says most; its stem and its n-grams carry inflections and typos;
/// pairs of neighbours carry a little of the order. Words that everybody uses say next to nothing.
/// </summary>
static class TextFeatures
{
    const float Word = 1f, Stem = 0.8f, Pair = 0.5f, Grams = 1.1f, StopFactor = 0.12f;
    const int MaxWords = 2_000;

    public static void Visit(string text, Action<ulong, float> feature)
    {
        var previous = "";
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var words = 0;
        foreach (var word in Words(text))
        {
            if (++words > MaxWords)
                break;
            // The tenth "nurse" of a text adds less than the first one.
            var seen = counts[word] = counts.GetValueOrDefault(word) + 1;
            var weight = (StopWords.Contains(word) ? StopFactor : 1f) / seen;
            feature(FeatureHash.Of('w', word), Word * weight);
            feature(FeatureHash.Of('s', StemOf(word)), Stem * weight);
            VisitGrams(word, weight, feature);
            if (previous.Length > 0)
                feature(FeatureHash.Of('p', $"{previous} {word}"), Pair * Math.Min(weight, StopWords.Contains(previous) ? StopFactor : 1f));
            previous = word;
        }
    }

    static void VisitGrams(string word, float weight, Action<ulong, float> feature)
    {
        var padded = $"^{word}$";
        if (word.Length < 3)
            return;
        var count = padded.Length - 2 + Math.Max(0, padded.Length - 3);
        // Together the n-grams of a word weigh the same, however long it is.
        var each = Grams * weight / MathF.Sqrt(count);
        for (var n = 3; n <= 4; n++)
            for (var i = 0; i + n <= padded.Length; i++)
                feature(FeatureHash.Of((char)('0' + n), padded.AsSpan(i, n)), each);
    }

    /// <summary>Lower-case words without diacritics; <c>c#</c>, <c>c++</c> and <c>.net</c> stay themselves.</summary>
    static IEnumerable<string> Words(string text)
    {
        var folded = Letters.Fold(text);
        for (var i = 0; i < folded.Length;)
        {
            var start = i;
            while (i < folded.Length && (char.IsLetterOrDigit(folded[i]) || (i > start && folded[i] is '#' or '+')))
                i++;
            if (i > start)
                yield return folded[start..i];
            else
                i++;
        }
    }

    /// <summary>A light stem: enough that develop, developer, developing and developed meet.</summary>
    static string StemOf(string word)
    {
        foreach (var suffix in Suffixes)
            if (word.Length - suffix.Length >= 4 && word.EndsWith(suffix, StringComparison.Ordinal))
                return word[..^suffix.Length];
        return word;
    }

    static readonly string[] Suffixes =
    [
        "ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ers", "er", "ors", "or", "ies", "ied", "ed", "es", "ly",
        "innen", "ungen", "ung", "en", "st", "e", "s", "y", "t", "n",
    ];

    static readonly FrozenSet<string> StopWords = (
        "a an and any are as at be been but by can could did do does for from had has have he her him his how i if in into is it its just "
        + "ll m me my no not of on or our out re s say said she should so some t tell that the their them then there they this to up us "
        + "ve was we were what when where which who why will with would you your about also am "
        + "aber als am an auch auf aus bei bin bist da das dass dein dem den der des die doch du ein eine einem einen einer er es fur "
        + "habe hat ich ihr im in ist ja kann man mein meine mich mir mit nach nicht noch nur oder schon sein sich sie sind so und uns "
        + "von war was weil wenn wie wir wo zu zum zur").Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
