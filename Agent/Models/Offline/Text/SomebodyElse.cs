using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Text;

/// <summary>Tells where a sentence turns to another person without saying "he" or "she": "Tom, my mentor, knows …", "unlike Tom, who …".</summary>
static partial class SomebodyElse
{
    /// <summary>The piece at <paramref name="at"/> is about a person whom it, or the one before it, names.</summary>
    public static bool IsSubjectOf(IReadOnlyList<(string Text, string Joint)> pieces, int at, Segment? before)
    {
        var (text, joint) = pieces[at];
        if (at > 0 && before is not null && Companion().Match(before.Text) is { Success: true } companion)
        {
            // "I know Java, the language" names nobody.
            var isPerson = !companion.Groups["name"].Success || Vocabulary.FirstNames.Contains(companion.Groups["name"].Value);
            if (joint.ToLowerInvariant() is "who" or "der" or "die" || (isPerson && Apposition().IsMatch(text)))
                return true;
        }
        return NameAlone().IsMatch(text) && at + 2 < pieces.Count
            && (Apposition().IsMatch(pieces[at + 1].Text) || pieces[at + 1].Joint == "who") && pieces.Skip(at + 2).Any(p => HasVerbOfOther(p.Text));
    }

    /// <summary>"knows Kotlin", "has worked": no verb of somebody who speaks of themselves.</summary>
    public static bool HasVerbOfOther(string text) => VerbOfOther().IsMatch(text);

    [GeneratedRegex(@"^\p{Lu}[\p{L}'-]+( \p{Lu}[\p{L}'-]+){0,2}$")]
    private static partial Regex NameAlone();

    [GeneratedRegex(@"^(an?|the|my|our|his|her|their|who|whose|mein\w*|unser\w*|ein|eine|der|die)\s", RegexOptions.IgnoreCase)]
    private static partial Regex Apposition();

    [GeneratedRegex(@"^((also|now|currently|really|still|always|never|even|often|auch|jetzt) )*(knows|works|worked|wants|likes|loves|speaks|has|had|is|was|lives|lived|uses|used|enjoys|hopes|plans|dreams|needs|prefers|teaches|runs|leads|builds|writes|codes|studies|said|says|told|thinks|kann|kennt|hat|ist|war|arbeitet|wohnt|lebt|spricht|mag|liebt)\b", RegexOptions.IgnoreCase)]
    private static partial Regex VerbOfOther();

    [GeneratedRegex(@"(?i:\b(unlike|like|contrary to|opposed to|compared (to|with)|with|to|by|for|than|under|of|about|know|met|meet|married|love|miss|thank|ask|hired?|mentor(ed|ing)?|manage|lead|teach|wie|mit|von|bei))\s+((?i:(my|our|an?|the|some|mein\w*|unser\w*|einem|einer|einen)) ((?i:(ex-|\p{L}+[ -]))*)(?i:friend|colleague|coworker|boss|manager|mentor|brother|sister|mother|father|mom|mum|dad|wife|husband|partner|cousin|uncle|aunt|son|daughter|neighbou?r|guy|man|woman|person|people|team|freund|freundin|kollege|kollegin|chef|bruder|schwester)\w*( \p{Lu}\p{Ll}+)?|(?i:(someone|somebody|people|anyone))|(?<name>\p{Lu}\p{Ll}+)( \p{Lu}\p{Ll}+)?)$")]
    private static partial Regex Companion();
}
