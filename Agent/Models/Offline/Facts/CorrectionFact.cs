using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Facts;

/// <summary>"It's not Berlin, it's Hamburg", "not nurse but baker": what the wrong value is in the profile, the right one becomes.</summary>
static partial class CorrectionFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        // Every rule has one of these words, and takes much longer to find out that they are not there; nobody corrects one word on two pages.
        if (context.Utterance.Text.Length > 2_000 || !Marker().IsMatch(context.Utterance.Text))
            return;
        foreach (var rule in (Regex[])[NotBut(), NotThen(), RightNotWrong(), Replaced(), IsWrong()])
            foreach (Match match in rule.Matches(context.Utterance.Text))
                Apply(Bare(match.Groups["wrong"].Value), Bare(match.Groups["right"].Value), context, facts);
    }

    static void Apply(string wrong, string right, FactContext context, FactSheet facts)
    {
        if (wrong.Length < 2 || right.Length < 2)
            return;
        var profile = context.Profile;
        if (Words.Names(wrong, profile.Name) || (profile.Name is null && Vocabulary.FirstNames.Contains(wrong) && Vocabulary.FirstNames.Contains(right)))
            facts.Name = NameFact.Clean(right, isExplicit: true) ?? facts.Name;
        else if (Words.Names(wrong, profile.Location) || (Vocabulary.Places.Contains(wrong) && Vocabulary.Places.Contains(right)))
            facts.Location = LocationFact.PlaceAt(right, any: true) ?? facts.Location;
        else if (Words.Names(wrong, profile.CurrentRole) || (RoleWords.LooksLikeOccupation(wrong) && RoleWords.LooksLikeOccupation(right)))
            facts.CurrentRole = RoleFact.Phrase(right, RoleFact.Evidence.Stated) ?? facts.CurrentRole;
        else if (FactSheet.Has(profile.Skills, wrong) && Terms.Skills.Canonical(right) is { } skill)
        {
            facts.RemovedSkills.Remove(wrong);
            facts.RemovedSkills.Add(profile.Skills.First(s => string.Equals(s, wrong, StringComparison.OrdinalIgnoreCase)));
            if (!FactSheet.Has(profile.Skills, skill) && !FactSheet.Has(facts.Skills, skill))
                facts.Skills.Add(skill);
        }
    }

    static string Bare(string text) => Words.TrimTail(Lead().Replace(text.Trim(' ', '"', '\''), ""));

    // Only of the author and of "it": "Tom is not a nurse but a baker" is no correction.
    const string Start = @"(?>(?:^|[.!?\n]\s*)(?:(?:correction|korrektur|actually|sorry|oops|no|nein|wait|hey|hi|well|ok|okay|and|but|so|please|also|typo|my mistake|my bad|update|edit)\b[\s,.:;!–—-]*)*)";
    const string Subject = @"(?:it|it's|its|that's|that|this|i'm|i am|im|i (?:said|meant|mean|live in|am from|work as|work as an?)|my (?:\p{L}+ )?(?:name|role|job|job title|title|position|profession|city|town|location|home|hometown|place|address|skill)(?: is|'s| was)?|(?:the )?(?:name|role|job|city|location)(?: is|'s| was)?|es|das|ich bin|es ist|das ist|mein (?:name|beruf|wohnort)(?: ist)?)";
    const string Value = @"[^,.;:!?\n]{2,60}?";
    const string End = @"(?=\s*(?:[,.;:!?\n]|$))";

    [GeneratedRegex("not|nicht|kein|never|n't|isnt|instead of|rather than|statt|change|replace|correct|switch|swap|ändere|ersetze|wrong|typo|mistake|falsch", RegexOptions.IgnoreCase)]
    private static partial Regex Marker();

    [GeneratedRegex(Start + @"(?:" + Subject + @"(?: is| was| ist)?)?(?:\s*\b(?:not|nicht|kein\w*|never)|(?: ?is| was)?n't| ?isnt)\s+(?!only\b|just\b|nur\b)(?<wrong>" + Value
        + @")(?:\s+(?:but|sondern)\s+(?:rather |actually )?|\s*[,.;–—-]+\s*(?:but |and |sondern )?(?=it|i'm|i am|im\b|that|es\b|ich\b|but|rather|sondern))(?:it's |its |it is |that's |i'm |i am |im |es ist |ich bin |rather |actually |now |in |from )*(?<right>" + Value + @")" + End, RegexOptions.IgnoreCase)]
    private static partial Regex NotBut();

    [GeneratedRegex(Start + @"(?:not|nicht)\s+(?!only\b|just\b|nur\b)(?<wrong>" + Value + @")\s*[,;–—-]+\s*(?<right>" + Value + @")" + End, RegexOptions.IgnoreCase)]
    private static partial Regex NotThen();

    [GeneratedRegex(Start + @"(?:" + Subject + @"\s+(?:is\s+|ist\s+)?)?(?<right>" + Value + @")(?:\s*[,–—-]+\s*(?:and )?(?:not|nicht)|\s+(?:instead of|rather than|and not|statt))\s+(?<wrong>" + Value + @")" + End, RegexOptions.IgnoreCase)]
    private static partial Regex RightNotWrong();

    [GeneratedRegex(Start + @"(?:change|replace|correct|switch|swap|ändere|ersetze)\s+(?:my \w+ from )?(?<wrong>" + Value + @")\s+(?:to|with|by|for|zu|durch|in)\s+(?<right>" + Value + @")" + End, RegexOptions.IgnoreCase)]
    private static partial Regex Replaced();

    [GeneratedRegex(Start + @"(?<wrong>" + Value + @")\s+(?:is|was|ist|war)\s+(?:wrong|a typo|a mistake|incorrect|not right|not correct|falsch)\s*[,.;:–—-]*\s*(?:it's|it is|it should be|it should say|should be|i meant|i mean|the right one is|richtig ist)\s+(?<right>" + Value + @")" + End, RegexOptions.IgnoreCase)]
    private static partial Regex IsWrong();

    [GeneratedRegex(@"^((an?|the|in|from|as|at|called|named|based in|living in|live in|my|really|actually|ein|eine|einen|als|aus|in)\s+)+", RegexOptions.IgnoreCase)]
    private static partial Regex Lead();
}
