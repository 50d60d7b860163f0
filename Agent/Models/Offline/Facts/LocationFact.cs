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
            if (!segment.IsFact)
                continue;
            if (Stated().Match(segment.Text) is { Success: true } stated)
                place = PlaceAt(stated.Groups["place"].Value, any: true) ?? place;
            else if (Weak().Match(segment.Text) is { Success: true } weak)
                place ??= PlaceAt(weak.Groups["place"].Value, any: segment.Frame is (Frame.Identity or Frame.Work) && !GermanText.Is(segment.Text));
            else if (segment.Frame == Frame.Bare && Vocabulary.Places.Contains(segment.Text.Trim()))
                place ??= PlaceAt(segment.Text, any: false);
        }
        if (place is not null && !string.Equals(place, context.Profile.Location, StringComparison.OrdinalIgnoreCase))
            facts.Location = place;
    }

    /// <summary>Leading words that are a place: known ones in any spelling, else capitalised ones.</summary>
    static string? PlaceAt(string text, bool any)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim('.', '!', '?')).ToArray();
        for (var n = Math.Min(4, words.Length); n > 0; n--)
            if (Vocabulary.Places.Contains(string.Join(' ', words.Take(n))))
                return string.Join(' ', words.Take(n).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
        var capitals = words.TakeWhile(w => w.Length > 1 && char.IsUpper(w[0])).Take(4).ToArray();
        return any && capitals.Length > 0 && !NoPlace().IsMatch(capitals[0]) && !Terms.Skills.Find(capitals[0]).Any() && !Terms.Languages.Find(capitals[0]).Any() ? string.Join(' ', capitals) : null;
    }

    [GeneratedRegex(@"\b(live|living|lives|based|located|reside|residing|moved|relocated|settled|wohne|lebe|wohnhaft|komme|from(?<=(i'm|i am|im|come|coming) from)|location( is|:)|home is|hometown is|umgezogen)\s*(here |now |currently |in der nähe von |just |jetzt |aktuell |gerade |derzeit |zurzeit )*(in|near|outside|around|at|to|from|bei|aus|nach|close to)?\s+(the )?(?<place>\S.*)", RegexOptions.IgnoreCase)]
    private static partial Regex Stated();

    [GeneratedRegex(@"\b(from|in|near|here in|aus|bei)\s+(?<place>\S.*)|^(?<place>\S+)[ -]based\b", RegexOptions.IgnoreCase)]
    private static partial Regex Weak();

    [GeneratedRegex(@"^(hr|it|tech|finance|sales|marketing|retail|education|healthcare|health|banking|insurance|government|operations|logistics|consulting|january|february|march|april|may|june|july|august|september|october|november|december|i|teilzeit|vollzeit|rente|elternzeit|ausbildung)$", RegexOptions.IgnoreCase)]
    private static partial Regex NoPlace();
}
