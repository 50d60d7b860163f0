using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Facts;

/// <summary>Splits "triage, first aid and driving" into its items.</summary>
static partial class ListItems
{
    public static IEnumerable<string> Of(string text)
        => Separator().Split(text).Select(Clean).Where(i => i.Length is >= 2 and <= 40 && i.Count(c => c == ' ') <= 3 && !Filler().IsMatch(i));

    static string Clean(string item) => Lead().Replace(item, "").Trim(' ', '.', ',', ';', '!', '"', '\'', ':', '-');

    [GeneratedRegex(@"\s*[,;/\n•]\s*(and |und |or |&)?|\s+(and|und|&|or|oder|sowie|plus|as well as)\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Separator();

    [GeneratedRegex(@"^\s*((and|und|also|some|a bit of|a little|a lot of|lots of|basic|advanced|very|really|good|mostly|mainly|the|a|an|my|in|at|with|of|etwas|gute|ein bisschen|viel|auch|im|mit)\s+)+", RegexOptions.IgnoreCase)]
    private static partial Regex Lead();

    // Words that make it a clause or a remark instead of the name of a skill.
    [GeneratedRegex(@"\b(i|you|he|she|it|we|they|me|my|that|this|what|which|who|because|is|are|am|was|were|have|has|had|do|does|did|not|no|nothing|none|everything|stuff|things?|years?|yrs|experience|etc|people|well|yet|now|ich|das|ist|nicht|was|jahre|erfahrung|too|so|far|lot|bit|\d+)\b|\?|^(and|or|but)$", RegexOptions.IgnoreCase)]
    private static partial Regex Filler();
}
