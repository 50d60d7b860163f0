using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;
using Agent.Models.Offline.Replies;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

static partial class LocationFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        string? place = null;
        for (var i = 0; i < context.Utterance.Segments.Count; i++)
        {
            var segment = context.Utterance.Segments[i];
            // "I left Berlin for Hamburg" says both.
            if (LeftFor().Match(segment.Text) is { Success: true } leftFor)
                place = PlaceAt(leftFor.Groups["place"].Value, any: true) ?? place;
            if (segment.Frame == Frame.Other && Together().Match(segment.Text) is { Success: true } together && !IsTemporary(segment.Text))
                place ??= KnownAt(together.Groups["place"].Value);
            if (!segment.IsFact)
                continue;
            if (Moved().Match(segment.Text) is { Success: true } moved)
                place = PlaceAt(moved.Groups["place"].Value, any: true) ?? place;
            else if (MovedAway().IsMatch(segment.Text))
                continue;
            else if (Stated().Match(segment.Text) is { Success: true } stated)
                place = PlaceAt(stated.Groups["place"].Value, any: true) ?? place;
            // Where somebody comes from is not where they live, but better than nothing.
            else if (Origin().Match(segment.Text) is { Success: true } origin)
                place ??= context.Profile.Location is null || context.Utterance.IsCorrection ? PlaceAt(origin.Groups["place"].Value, any: true) : null;
            else if (Weak().Match(segment.Text) is { Success: true } weak && !IsTemporary(segment.Text))
                place ??= PlaceAt(weak.Groups["place"].Value, any: segment.Frame is (Frame.Identity or Frame.Work) && !GermanText.Is(segment.Text));
            else if (segment.Frame == Frame.Bare && Vocabulary.Places.Contains(segment.Text.Trim()) && segment.Text.Trim() is not ("nice" or "cork" or "essen")
                && !string.Equals(facts.Name, segment.Text.Trim(), StringComparison.OrdinalIgnoreCase))
                place ??= PlaceAt(segment.Text, any: false);
        }
        if (place is not null && !string.Equals(place, context.Profile.Location, StringComparison.OrdinalIgnoreCase))
            facts.Location = place;
    }

    /// <summary>"We moved to Kubernetes", "to Phoenix LiveView", "to nice new offices" are said of a team: only a known place counts, in capitals and alone.</summary>
    static string? KnownAt(string text)
        => char.IsUpper(text[0]) && PlaceAt(text, any: false) is { } place && !text[Math.Min(place.Length, text.Length)..].TrimStart().Any(char.IsUpper) ? place : null;

    /// <summary>"On holiday in Paris", "in Paris for a conference": there, but not at home.</summary>
    internal static bool IsTemporary(string text) => Temporary().IsMatch(text);

    /// <summary>Leading words that are a place: known ones in any spelling, else capitalised ones.</summary>
    internal static string? PlaceAt(string text, bool any)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim('.', '!', '?')).ToArray();
        for (var n = Math.Min(4, words.Length); n > 0; n--)
            if (Vocabulary.Places.Contains(string.Join(' ', words.Take(n))))
                return string.Join(' ', words.Take(n).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
        var capitals = words.TakeWhile(w => w.Length > 1 && char.IsUpper(w[0])).Take(4).ToArray();
        return any && capitals.Length > 0 && !NoPlace().IsMatch(capitals[0]) && !Terms.Skills.Find(capitals[0]).Any() && !Terms.Languages.Find(capitals[0]).Any() ? string.Join(' ', capitals) : null;
    }

    [GeneratedRegex(@"\b(live|living|lives|based|located|reside|residing|settled|wohne|lebe|wohnhaft|location( is|:)|home is|hometown is)\s*(here |now |currently |in der nähe von |just |jetzt |aktuell |gerade |derzeit |zurzeit )*(in|near|outside|around|at|to|from|bei|aus|nach|close to)?\s+(the )?(?<place>\S.*)", RegexOptions.IgnoreCase)]
    private static partial Regex Stated();

    [GeneratedRegex(@"\b((i'm|i am|im|come|coming) ((originally|actually) )?from|komme( ursprünglich| eigentlich)? (aus|von))\s+(the )?(?<place>\S.*)", RegexOptions.IgnoreCase)]
    private static partial Regex Origin();

    [GeneratedRegex(@"\b(moved|relocated|switched|gone|went back|gezogen|umgezogen|zog)\b.*?\b(to|into|nach)\s+(the )?(?<place>\S.*)|\b(von|aus)\s+\S+\s+nach\s+(?<place>\S.*)\s(um)?gezogen", RegexOptions.IgnoreCase)]
    private static partial Regex Moved();

    [GeneratedRegex(@"\b(moved|relocated) ((away|out|here|over|back) )*(from|of)\b|\bweggezogen\b", RegexOptions.IgnoreCase)]
    private static partial Regex MovedAway();

    [GeneratedRegex(@"^(i|we)('ve| have)? (just |recently |finally )?left\s+.{2,40}?\s+(for|to live in|and moved to|to move to)\s+(?<place>\p{Lu}\S*.*)")]
    private static partial Regex LeftFor();

    [GeneratedRegex(@"^we('ve| have|'re| are)?( (just|recently|finally|now|both|all|currently))* ((moved|relocated) ((here|over|back) )?(from .{2,40}? )?to|live in|living in)\s+(the )?(?<place>\S.*)(?<!\b(when (i|we) (was|were)|as (a )?(child|kid)).*)$"
        + @"|^wir (wohnen|leben)( (jetzt|nun|beide|inzwischen|mittlerweile))* in\s+(?<place>\S.*)|^wir sind\b.*?\bnach\s+(?<place>\S.*?)\s+(um|hin)?gezogen\b|^wir zogen\b.*?\bnach\s+(?<place>\S.*)", RegexOptions.IgnoreCase)]
    private static partial Regex Together();

    [GeneratedRegex(@"\b(on|for|at|attending|to attend|to give|to see|to visit|to watch|having|im|auf|für|zu|zum|zur) ((an?|the|my|our|some|this|that|einen?|einer?|einem|der|dem|den|die|das|\p{L}+) ){0,3}(holidays?|vacation|trip|business|visit|conference|meeting|weekend|weeks?|days?|months?|nights?|wedding|tour|interview|honeymoon|fair|festival|summit|workshop|talk|training|exhibition|marathon|competition|seminar|retreat|celebration|party|birthday|getaway|stay|layover|stopover|concert|funeral|convention|hackathon|tournament|match|race|sightseeing|assignment|shooting|gig|urlaub|konferenz|besuch|dienstreise|reise|tagung|messe|hochzeit)\b"
        + @"|\b(spend|spending|visiting|visit|travell?ing|touring|passing through|backpacking|sightseeing|holidaying|vacationing|stuck|stranded|landed|arrived|flying|tourist|besuche|unterwegs)\b|\bfor (work|business|pleasure|fun)\b|\b(this|over the) (week|weekend|month|summer|winter)\b|\b(until|till|bis) (\w+day|next|tomorrow|the end|the \d+\w*)\b|\b(today|tonight|tomorrow|heute|morgen)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Temporary();

    [GeneratedRegex(@"\b(from|in|near|here in|aus|bei)\s+(?<place>\S.*)|^(?<place>\S+)[ -]based\b", RegexOptions.IgnoreCase)]
    private static partial Regex Weak();

    [GeneratedRegex(@"^(hr|it|tech|finance|sales|marketing|retail|education|healthcare|health|banking|insurance|government|operations|logistics|consulting|january|february|march|april|may|june|july|august|september|october|november|december|i|teilzeit|vollzeit|rente|elternzeit|ausbildung)$", RegexOptions.IgnoreCase)]
    private static partial Regex NoPlace();
}
