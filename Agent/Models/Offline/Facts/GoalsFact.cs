using System.Text.RegularExpressions;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>Goals, and the interest that a goal or a liking names.</summary>
static partial class GoalsFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var goals = new List<string>();
        foreach (var segment in context.Utterance.Segments)
        {
            if (segment.Frame == Frame.Want && Goal(segment) is { } goal && !FactSheet.Has(goals, goal))
                goals.Add(goal);
            if (segment.Frame == Frame.Like && segment.Opens && Trim(segment.Body) is { Length: > 1 and <= 120 } liking && !NoInterest().IsMatch(liking))
                facts.Interest = liking;
        }
        if (goals.Count > 0)
        {
            facts.Interest ??= goals.Select(Field).FirstOrDefault(f => f is not null);
            var kept = context.Utterance.IsCorrection ? [] : context.Profile.Goals;
            var all = kept.Concat(goals.Where(g => !FactSheet.Has(kept, g))).ToList();
            if (!all.SequenceEqual(context.Profile.Goals))
                facts.Goals = all;
        }
        if (string.Equals(facts.Interest, context.Profile.Interest, StringComparison.OrdinalIgnoreCase))
            facts.Interest = null;
    }

    static string? Goal(Segment segment)
    {
        var text = Trim(segment.Body);
        return text.Length is < 3 or > 200 || NoGoal().IsMatch(text) ? null : text;
    }

    static string Trim(string text) => Tail().Replace(text, "").Trim(' ', ',', '.', '!', ';');

    /// <summary>"move into machine learning" → "machine learning".</summary>
    static string? Field(string goal) => Into().Match(goal) is { Success: true } match ? Trim(match.Groups["field"].Value) : null;

    [GeneratedRegex(@"^(know|ask|tell|say|talk|hear|see|thank|share|check|mention|add|correct|update|change my|set my|be honest|clarify|hi|you|understand (why|how|what)|help\b(?! (people|others|kids|children|patients))|some (advice|help)|advice|it\b|that\b|this\b|them\b|forward|sure|more\b$|wissen|fragen|sagen|lunch|coffee|a break|sleep|cry|scream)\b", RegexOptions.IgnoreCase)]
    private static partial Regex NoGoal();

    [GeneratedRegex(@"(\s+(please|if possible|someday|one day|some day|eventually|though|really|haha|lol|thanks|bitte|irgendwann|too|as well|i think|i guess|hopefully))+\W*$", RegexOptions.IgnoreCase)]
    private static partial Regex Tail();

    [GeneratedRegex(@"\b(into|to(?= (machine|data|web|software|product|project|the field))|in die|in den|in das|ins|towards?|career in|work in|job in|role in|position in|break into)\s+(the field of |the area of |a career in |a job in |a role in |the )?(?<field>[^,.;]{2,60}?)(?=\s+(because|since|so that|within|next|this|over|by|after|and|as soon)\b|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Into();

    [GeneratedRegex(@"^(it|that|this|you|them|him|her|my job|my work|what i do|to)\b", RegexOptions.IgnoreCase)]
    private static partial Regex NoInterest();
}
