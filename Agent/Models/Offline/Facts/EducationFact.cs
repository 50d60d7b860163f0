using System.Text.RegularExpressions;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

static partial class EducationFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        string? education = null;
        foreach (var segment in context.Utterance.Segments)
        {
            if (!segment.IsFact && segment.Frame is not (Frame.Past or Frame.Learn))
                continue;
            var match = Degree().Match(segment.Text);
            if (!match.Success)
                match = Study().Match(segment.Text);
            if (match.Success && match.Groups["what"].Value.Trim(' ', '.', ',') is { Length: > 3 and < 160 } what)
                education = what;
            // "I'm studying law" says what somebody is, when nothing else does.
            if (Studying().Match(segment.Text) is { Success: true } studying && facts.CurrentRole is null && context.Profile.CurrentRole is null)
                facts.CurrentRole = $"{studying.Groups["field"].Value} student";
        }
        if (education is not null && !string.Equals(education, context.Profile.Education, StringComparison.OrdinalIgnoreCase))
            facts.Education = education;
    }

    [GeneratedRegex(@"(?<what>\b((bachelor|master|associate)('?s)?( degree)?|b\.?sc\.?|m\.?sc\.?|b\.?a\.?(?= in)|m\.?a\.?(?= in)|mba|ph\.?d\.?|doctorate|degree|diploma|diplom|abitur|a-levels|high school diploma|apprenticeship|ausbildung (als|zum|zur)|studium|meisterbrief)\b.*)", RegexOptions.IgnoreCase)]
    private static partial Regex Degree();

    [GeneratedRegex(@"(?<what>\b(studied|graduated (in|from|with|as)|majored in|studying|studiere|studierte|learned my trade|trained (as|at)|went to (university|college|school)|attended)\s+(?!hard\b|a lot\b|how\b|for\b).+)|\bhabe (?<what>.+ studiert)", RegexOptions.IgnoreCase)]
    private static partial Regex Study();

    [GeneratedRegex(@"\b(i'm|i am|im|currently) (currently |still )?(studying|study) (?<field>(?!(to|for|at|in|and|hard|a|an|the|my)\b)\p{L}+( (science|engineering|studies|law|administration|management|design))?)(?! (for|hard|to|a)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Studying();
}
