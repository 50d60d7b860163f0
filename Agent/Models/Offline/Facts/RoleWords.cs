using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Facts;

/// <summary>Tells occupations from other nouns: by word list, by compound ("Grundschullehrerin"), by ending, through typos.</summary>
static partial class RoleWords
{
    static readonly string[] _long = [.. Vocabulary.Occupations.Where(o => o.Length >= 6).Select(o => o.ToLowerInvariant())];
    static readonly ILookup<char, string> _fuzzy = Vocabulary.Occupations.Where(o => o.Length >= 5).Select(o => o.ToLowerInvariant()).ToLookup(o => o[0]);

    public static bool IsKnown(string word)
    {
        var lower = word.ToLowerInvariant();
        return Vocabulary.Occupations.Contains(lower) || Vocabulary.Occupations.Contains(Singular(lower));
    }

    /// <summary>Known, a compound of a known one, or built like one (-ologist, -therapist, -macher).</summary>
    public static bool LooksLikeOccupation(string word)
    {
        var lower = word.ToLowerInvariant();
        return IsKnown(lower) || (lower.Length >= 8 && _long.Any(o => lower.EndsWith(o, StringComparison.Ordinal))) || Ending().IsMatch(lower);
    }

    /// <summary>Ends like people who do something; says little by itself, so only after an article.</summary>
    public static bool MightBeOccupation(string word)
        => !Vocabulary.NotNames.Contains(word) && (LooksLikeOccupation(word) || (word.Length >= 6 && AgentEnding().IsMatch(word)));

    /// <summary>The known occupation that a misspelled word is meant to be, else null.</summary>
    public static string? Corrected(string word)
    {
        var lower = word.ToLowerInvariant();
        return lower.Length < 5 || lower.EndsWith("ing", StringComparison.Ordinal) || IsKnown(lower) || LooksLikeOccupation(lower) ? null : Typos.Nearest(lower, _fuzzy[lower[0]]);
    }

    static string Singular(string word) => word.EndsWith('s') ? word[..^1] : word;

    [GeneratedRegex("(ologist|therapist|ographer|ometrist|iatrist|ician|maker|keeper|worker|monger|smith|wright|woman|person|macher(in)?|bauer(in)?|führer(in)?|pfleger(in)?|lehrer(in)?|arbeiter(in)?|leiter(in)?|kraft|meister(in)?|helfer(in)?|berater(in)?|techniker(in)?|kauffrau|kaufmann|fachfrau|fachmann)$")]
    private static partial Regex Ending();

    [GeneratedRegex("(er|or|ist|ian|ant|ent|eur|man|ee|erin|istin|antin|entin|orin)$", RegexOptions.IgnoreCase)]
    private static partial Regex AgentEnding();
}
