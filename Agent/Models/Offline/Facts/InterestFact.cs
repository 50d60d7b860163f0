using System.Text.RegularExpressions;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>The field that draws the author: said outright, or named by where they want to go.</summary>
static partial class InterestFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var segments = context.Utterance.Segments;
        var said = segments.Where(s => s.Frame == Frame.Like && s.Opens).Select(s => Words.TrimTail(s.Body)).LastOrDefault(IsField);
        var learning = segments.Where(s => s.Frame == Frame.Learn && s.Opens).Select(s => Words.TrimTail(s.Body)).LastOrDefault(IsField);
        var interest = said ?? (context.Profile.Interest is null ? facts.Goals?.Select(Field).FirstOrDefault(f => f is not null) ?? learning : null);
        if (interest is not null && !string.Equals(interest, context.Profile.Interest, StringComparison.OrdinalIgnoreCase))
            facts.Interest = interest;
    }

    static bool IsField(string text) => text.Length is > 1 and <= 120 && !NoField().IsMatch(text);

    static string? Field(string goal)
        => Towards().Match(goal) is { Success: true } match && Words.TrimTail(match.Groups["field"].Value) is { Length: > 1 } field && IsField(field) ? field : null;

    [GeneratedRegex(@"\b(into|(move|moving|switch|switching|transition|transitioning|pivot|shift|change|changing)( over| careers?| from \S+( \S+)?)? (in)?to|in die|in den|in das|ins|towards?|careers? in|(work|working|job|role|position|internship|something) in|leaving for|break into|learn( more)?( about)?|study|specialise in|specialize in|certified (for|in))\s+(the |a )?(field of |area of |world of |career in |job in |role in )?(?<field>[^,.;]{2,60}?)(?=\s+(because|since|so that|within|next|this|over|by|after|and|as soon|in the|for the|before|wechseln|gehen)\b|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Towards();

    [GeneratedRegex(@"^(it|that|this|you|them|him|her|my|your|his|what|to|how|when|being here|everything|all of|a lot|the idea of you|here|life)\b", RegexOptions.IgnoreCase)]
    private static partial Regex NoField();
}
