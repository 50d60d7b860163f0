using System.Globalization;
using System.Text.RegularExpressions;
using Agent.Models.Offline.Replies;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

static partial class YearsFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var known = context.Profile.YearsOfExperience;
        double? years = Corrected(context.Utterance.Text, known);
        if (years is null)
        {
            foreach (var segment in context.Utterance.Segments)
                if (Of(segment, context.Year) is { } found && (years is null || found > years))
                    years = found;
            // "2 years of Python" after "10 years as a developer" is a part of the ten, not news about them.
            if (years is not null && known > years && !context.Utterance.IsCorrection && !Total().IsMatch(context.Utterance.Text))
                years = null;
        }
        years ??= Answered(context);
        if (years is { } value && value is >= 0 and <= 80 && value != known)
            facts.Years = value;
    }

    static double? Of(Segment segment, int year)
    {
        if (!segment.IsFact && segment.Frame is not Frame.Like)
            return null;
        var text = segment.Text;
        foreach (Match match in Span().Matches(text))
        {
            var before = text[..match.Index];
            var after = text[(match.Index + match.Length)..];
            if (NotWork().IsMatch(after) || NotBefore().IsMatch(before) || (segment.Frame is Frame.Self && !WorkAround().IsMatch(text)))
                continue;
            var value = Numbers.Parse(match.Groups["number"].Value);
            if (match.Groups["half"].Success)
                value += 0.5;
            if (match.Groups["months"].Success)
                value = Math.Round(value / 12 * 10) / 10;
            return value;
        }
        if (Decade().Match(text) is { Success: true } decade && !NotBefore().IsMatch(text[..decade.Index]))
            return decade.Groups["two"].Success ? 20 : 10;
        if (Since().Match(text) is { Success: true } since && WorkAround().IsMatch(text)
            && int.Parse(since.Groups["year"].Value, CultureInfo.InvariantCulture) is var start && start <= year && start > year - 70)
            return year - start;
        return null;
    }

    /// <summary>"4" after "how many years?"; in a longer text there is more than a number.</summary>
    static double? Answered(FactContext context)
        => Questions.AskedIn(context.LastReply) == Question.Years && context.Utterance.Text.Length <= 40 && Alone().Match(context.Utterance.Text) is { Success: true } match
            ? Numbers.Parse(match.Groups["number"].Value) : null;

    static double? Corrected(string text, double? known)
    {
        // Most messages deny nothing, and to look for the numbers around it takes fifty times longer.
        if (!Denies().IsMatch(text) || NotButYears().Match(text) is not { Success: true } match)
            return null;
        var right = Numbers.Parse(match.Groups["right"].Value);
        var wrong = Numbers.Parse(match.Groups["wrong"].Value);
        return match.Groups["unit"].Success || wrong == known ? right : null;
    }

    const string Number = Numbers.Pattern;

    [GeneratedRegex(@"\b(?<number>" + Number + @")\s*(\+|plus|-odd|or so|-ish)?\s*(?<half>(and a half|einhalb))?\s*-?\s*(?<unit>years?|yrs?\.?|(?<=\d\s*)y\b|yoe\b|jahren?|(?<months>months?|mos?\b|monaten?))(?!\w)", RegexOptions.IgnoreCase)]
    private static partial Regex Span();

    [GeneratedRegex(@"^\s*(-?old\b|of age|ago\b|alt\b|of marriage|from now|later|time\b|plan\b|degree|left|until|to retirement|in (prison|a relationship)|programme|program\b|course|of (school|university|college|studies|study)|studium|in the future|ahead)", RegexOptions.IgnoreCase)]
    private static partial Regex NotWork();

    [GeneratedRegex(@"\b(in|within|next|another|after|vor|nächsten|naechsten|innerhalb|the age of|am|i'm|turn(ed|ing)?)\s*(the |about |around |den |next |coming |ungefähr )*(next |coming )?$(?<!with(in)?\s*in\s*)", RegexOptions.IgnoreCase)]
    private static partial Regex NotBefore();

    [GeneratedRegex(@"\b(experience|work|worked|working|job|career|role|as an?|been|have|with|using|of|for|doing|teaching|nursing|driving|cooking|since|erfahrung|arbeite|seit|als|berufserfahrung|got|did|had)\b", RegexOptions.IgnoreCase)]
    private static partial Regex WorkAround();

    [GeneratedRegex(@"\b(a|over a|nearly a|almost a|about a|(?<two>two)) decades?\b|\bjahrzehnt", RegexOptions.IgnoreCase)]
    private static partial Regex Decade();

    [GeneratedRegex(@"\b(since|seit)\s+(?<year>(19|20)\d\d)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Since();

    [GeneratedRegex("not|nicht|instead of|rather than|statt", RegexOptions.IgnoreCase)]
    private static partial Regex Denies();

    [GeneratedRegex(@"\b(?<right>" + Number + @")(?!\w)\s*(?<unit>years?|yrs|jahre)?[^.,;]{0,25}[,;]?\s*(and )?(not|nicht|instead of|rather than|statt)\s+(?<wrong>" + Number + @")\b|\b(not|nicht)\s+(?<wrong>" + Number + @")\s*(years?|yrs|jahre)?,?\s*(but|it's|sondern|it is|rather|actually)*\s*(?<right>" + Number + @")\b(\s*(?<unit>years?|yrs|jahre))?", RegexOptions.IgnoreCase)]
    private static partial Regex NotButYears();

    [GeneratedRegex(@"^\W*(about|around|maybe|just|only|over|almost|nearly|roughly|etwa|ungefähr|circa)?\W*(?<number>" + Number + @")\W*$", RegexOptions.IgnoreCase)]
    private static partial Regex Alone();

    [GeneratedRegex(@"\b(total|overall|altogether|insgesamt|of experience|berufserfahrung|experience (is|in total))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Total();
}
