using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Facts;

/// <summary>Languages that people speak. A language that is merely named ("a German company") is not one of them.</summary>
static partial class LanguagesFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var speaking = -1;
        foreach (var segment in context.Utterance.Segments)
        {
            if (!segment.IsFact)
                continue;
            var speaks = Speaks().IsMatch(segment.Text);
            if (speaks)
                speaking = segment.Sentence;
            else if (segment.Opens || speaking != segment.Sentence)
                continue;
            foreach (var term in Terms.Languages.Find(segment.Text))
                if (!FactSheet.Has(context.Profile.Languages, term.Name) && !FactSheet.Has(facts.Languages, term.Name))
                    facts.Languages.Add(term.Name);
        }
    }

    [GeneratedRegex(@"\b(speak|spoken|fluent|bilingual|trilingual|native|mother tongue|first language|languages?:?|spreche|sprachen|fließend|muttersprach\w*|conversational)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Speaks();
}
