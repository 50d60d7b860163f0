using System.Globalization;
using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;
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
        var spans = Span().Matches(text);
        for (var i = 0; i < spans.Count; i++)
        {
            var match = spans[i];
            var before = text[..match.Index];
            var after = text[(match.Index + match.Length)..];
            // "A mum for 3 years and a nurse for 9": each number has its own words.
            var start = i == 0 ? 0 : spans[i - 1].Index + spans[i - 1].Length;
            var own = i + 1 < spans.Count ? text[(match.Index + match.Length)..spans[i + 1].Index].Split(" and ")[0] : after;
            if (NotWork().IsMatch(after) || NotBefore().IsMatch(before) || !IsOfWork(text[start..match.Index], own))
                continue;
            var value = Numbers.Parse(match.Groups["number"].Value);
            if (match.Groups["half"].Success)
                value += 0.5;
            if (match.Groups["months"].Success)
                value = Math.Round(value / 12 * 10) / 10;
            return value;
        }
        if (Decade().Match(text) is { Success: true } decade && !NotBefore().IsMatch(text[..decade.Index]) && IsOfWork(text[..decade.Index], text[(decade.Index + decade.Length)..]))
            return decade.Groups["two"].Success ? 20 : 10;
        if (Since().Match(text) is { Success: true } since && IsOfWork(text[..since.Index], text[(since.Index + since.Length)..])
            && int.Parse(since.Groups["year"].Value, CultureInfo.InvariantCulture) is var first && first <= year && first > year - 70)
            return year - first;
        return null;
    }

    /// <summary>
    /// What stands around a number of years says that they were of work: an occupation, a skill, a word of work, or nothing else at all ("nurse, 5
    /// years, Leeds"). People are married, sober or in a club for years, too.
    /// </summary>
    static bool IsOfWork(string before, string after)
    {
        var around = $"{before} {after}";
        return Nothing().IsMatch(around) || (!Life().IsMatch(around) && (Work().IsMatch(around) || Employer().Match(around) is { Success: true } employer && !Vocabulary.FirstNames.Contains(employer.Groups["name"].Value) || Terms.Skills.Find(around).Any()
            || around.Split([' ', '.', ',', '/', '-'], StringSplitOptions.RemoveEmptyEntries).Any(RoleWords.LooksLikeOccupation)
            || (Field().Match(after) is { Success: true } field && !Vocabulary.Places.Contains(field.Groups["field"].Value))));
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

    [GeneratedRegex(@"\b(exp(er\w*)?|work\w*|jobs?|careers?|profession\w*|role|trade|business|company|firm|industry|industries|employ\w*|behind me|under my belt|service|teams?|banks?|office|army|navy|police|clients?|customers?|patients?|pupils|"
        + @"doing (this|it|that)|driving|driven|drove|teaching|taught|nursing|cooking|coding|programming|designing|building|built|selling|sold|(running|ran|run) (an?|my|our|the)|fix(ing|ed)|repair\w*|code|waiting tables|freelanc\w*|manag(ed?|ing)|leading|led|\w*erfahrung|arbeite\w*|gearbeitet|tätig|beruf\w*|(?<!mehr )als|"
        + @"unterrichte\w*|programmiere\w*|leite)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Work();

    [GeneratedRegex(@"\b(at|with|for) (?<name>\p{Lu}\p{L}+)")]
    private static partial Regex Employer();

    [GeneratedRegex(@"^\s*(now )?(in|im) (the )?(?!(my|our|your|his|her|their|this|that|one|an|total|all|here|there|prison|jail|hospital|bed|love|therapy|rehab|debt|pain|school|exile|recovery)\b)(?<field>\p{L}{2,})", RegexOptions.IgnoreCase)]
    private static partial Regex Field();

    // "Married to a doctor for 10 years" names an occupation, too.
    [GeneratedRegex(@"\b(married|divorced|separated|dating|engaged to|retired|unemployed|jobless|sober|sick|ill|addict\w*|work(ing|ed)? out|(out of|off|without|no) (an? )?(work|jobs?)|(known|knew) (my|the|each|him|her|them|an?)|(looking|searching|waiting) for|"
        + @"verheiratet|geschieden|arbeitslos|krank)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Life();

    [GeneratedRegex(@"^\W*(?>((i'm|im|i am|i've|ive|i have|i|have|got|with|for|over|about|around|almost|nearly|more than|less than|at least|roughly|approximately|circa|ca|since|now|already|and|but|just|only|a|good|of it|in total|total|so far|ich|habe|bin|seit|etwa|über|ungefähr|fast|mit|schon|bereits|jetzt|nun|rund|knapp|gut|dabei|mittlerweile|inzwischen|sorry|actually|no)\b\W*)*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Nothing();

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

    [GeneratedRegex(@"\b(total|overall|altogether|insgesamt|of experience(?! (with|in|using|on)\b)|berufserfahrung|experience (is|in total))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Total();
}
