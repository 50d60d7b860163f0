using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;
using Agent.Models.Offline.Replies;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

static partial class NameFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var segments = context.Utterance.Segments;
        // "My name is …" outranks "I'm …", wherever it stands; of several the last one counts.
        var name = segments.Where(s => s.Frame == Frame.Name && s.Opens).Select(s => Clean(s.Body, isExplicit: true)).LastOrDefault(n => n is not null)
            ?? segments.Where(s => s.Frame == Frame.Identity && s.Opens).Select(s => Clean(s.Body, isExplicit: false)).FirstOrDefault(n => n is not null)
            ?? Introduced(context.Utterance.Text)
            ?? SignedOff(context.Utterance.Text)
            ?? Answered(context)
            ?? Leading(segments);
        if (name is not null && name != context.Profile.Name)
            facts.Name = name;
    }

    internal static string? Clean(string body, bool isExplicit)
    {
        var isPersonal = PersonalArticle().Match(body) is { Success: true } article && Vocabulary.FirstNames.Contains(article.Groups["name"].Value);
        if (Determiner().IsMatch(body) && !isExplicit && !isPersonal || Words.IsSomebodys(body))
            return null;
        body = Title().Replace(body, "");
        var parts = new List<string>();
        foreach (Match match in NameWord().Matches(body))
        {
            if (match.Index != parts.Sum(p => p.Length + 1))
                break;
            var word = match.Value.TrimEnd('.', '\'');
            var isParticle = parts.Count > 0 && Particle().IsMatch(word);
            if (!isParticle && !IsNameWord(word, isExplicit, parts.Count == 0, match.Index + match.Length >= body.Length))
                break;
            parts.Add(word);
            if (parts.Count == 4 || match.Value.EndsWith('.') && word.Length > 2)
                break;
        }
        while (parts.Count > 0 && Particle().IsMatch(parts[^1]))
            parts.RemoveAt(parts.Count - 1);
        return parts.Count == 0 ? null : string.Join(' ', parts.Select(Capitalize));
    }

    static bool IsNameWord(string word, bool isExplicit, bool first, bool last)
    {
        if (word.Length < 2 || Vocabulary.NotNames.Contains(word) || Contraction().IsMatch(word))
            return false;
        var isFirstName = Vocabulary.FirstNames.Contains(word);
        if (Vocabulary.Occupations.Contains(word) && !isFirstName || Terms.Skills.Canonical(word) is not null && !isFirstName
            || Terms.Languages.Canonical(word) is not null || Vocabulary.Places.Contains(word) && !isFirstName && !isExplicit)
            return false;
        if (isFirstName)
            return true;
        var capital = char.IsUpper(word[0]) && (word.Length < 3 || word.Skip(1).Any(char.IsLower) || isExplicit);
        if (capital)
            return isExplicit || !first || !RoleWords.MightBeOccupation(word);
        return isExplicit && first && last;
    }

    static string Capitalize(string word) => Particle().IsMatch(word) ? word
        : string.Join('-', word.Split('-').Select(p => p.Length == 0 ? p : char.ToUpperInvariant(p[0]) + (p.All(char.IsUpper) && p.Length > 2 ? p[1..].ToLowerInvariant() : p[1..])));

    static string? Introduced(string text)
        => Here().Match(text) is { Success: true } match ? Clean(match.Groups["name"].Value, isExplicit: false) : null;

    static string? SignedOff(string text)
        => SignOff().Match(text) is { Success: true } match ? Clean(match.Groups["name"].Value, isExplicit: false) : null;

    /// <summary>"Yusuf, sales rep, 5 yrs": a known first name that opens a list of facts.</summary>
    static string? Leading(IReadOnlyList<Segment> segments)
        => segments is [{ Frame: Frame.Bare } first, _, ..] && Vocabulary.FirstNames.Contains(first.Text.Split(' ')[0]) && first.Text.Count(c => c == ' ') <= 1
            ? Clean(first.Text, isExplicit: false) : null;

    /// <summary>"Ada" after "what is your name?".</summary>
    static string? Answered(FactContext context)
    {
        if (context.Profile.Name is not null || Questions.AskedIn(context.LastReply) != Question.Name)
            return null;
        var text = context.Utterance.Text.Trim(' ', '.', '!');
        return text.Length is > 1 and < 40 && !text.Contains('?', StringComparison.Ordinal) && !IsPlace(text) && Clean(text, isExplicit: true) is { } name
            && name.Length >= text.Split(',')[0].Length - 2 ? name : null;
    }

    static bool IsPlace(string text) => Vocabulary.Places.Contains(text) && !Vocabulary.FirstNames.Contains(text);

    // "Ich bin der Paul", as people in the south of Germany say.
    [GeneratedRegex(@"^(der|die)\s+(?<name>\p{L}+)", RegexOptions.IgnoreCase)]
    private static partial Regex PersonalArticle();

    [GeneratedRegex(@"^((dr|prof|professor|mr|mrs|ms|miss|sir|herr|frau)\b\.?\s+(?=\p{L}))+|^(just|still|actually|simply|der|die)\s+(?=\p{L})", RegexOptions.IgnoreCase)]
    private static partial Regex Title();

    [GeneratedRegex(@"[\p{L}][\p{L}'\-]*\.?")]
    private static partial Regex NameWord();

    [GeneratedRegex(@"^(van|von|de|der|den|del|della|di|da|dos|la|le|el|al|bin|ibn|ben|zu|ter|ten|o'|mc|du|st)$")]
    private static partial Regex Particle();

    [GeneratedRegex(@"^\p{L}+'(m|re|s|ve|ll|d|t)$", RegexOptions.IgnoreCase)]
    private static partial Regex Contraction();

    [GeneratedRegex(@"^(an?|the|ein|eine|der|die|das|my|not|in|at|on)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Determiner();

    [GeneratedRegex(@"^\W*((hi|hello|hey|hallo|moin)[,!. ]+)?(?<name>\p{Lu}[\p{L}'-]+( \p{Lu}[\p{L}'-]+)?),? here\b|\bit's (?<name>\p{Lu}[\p{L}'-]+),? (not|with an? \p{L})\b", RegexOptions.IgnoreCase)]
    private static partial Regex Here();

    [GeneratedRegex(@"(^|\n|[.!?,] *)(cheers|regards|best|best regards|kind regards|thanks|thank you|yours|greetings|lg|vg|mfg|grüße|gruß|viele grüße|liebe grüße|danke)[,!. ]*\n?\s*[-–—]?\s*(?<name>\p{Lu}[\p{L}'-]+( \p{Lu}[\p{L}'-]+)?)\W*$|\n\s*[-–—]+\s*(?<name>\p{Lu}[\p{L}'-]+)\W*$", RegexOptions.IgnoreCase)]
    private static partial Regex SignOff();
}
