namespace Agent.Models.Offline.Lexicon;

/// <summary>Nearest known word to a misspelled one.</summary>
static class Typos
{
    /// <summary>Words one letter away from a term that are words of their own.</summary>
    static readonly HashSet<string> RealWords = new(
        ("backend wedding selling spelling planting plating painting plaiting trading reading leading beading loading feeling filling billing building bindings seeing "
        + "serving saving swing caring carrying cocking looking booking making taking backing banking barking biking hiking "
        + "marking parking asking walking talking working writing riding hiding editing eating sitting fitting getting tilling ticking rolling "
        + "rooming sewing sowing teaching reaching beaching coaching roaching poaching reacts reactor react spain spanish jira spare sparks "
        + "lines linus lunch docks docker jackets rubles rugby rudy cause case sales scale scales skala salsa reacted actions drawing moving turning testing tasting "
        + "mails mail emails dance danish finish polish ruse rusty python greet creek german herman germany english french frenchie latin "
        + "tamil family tail thai hindu hindi irish welsh arabic arab catalan czech croatian norway sweden greece "
        + "nursing cursing lesson lessons unity united angular angle scalar nurse course courses purse cooker cooler coder order older elder "
        + "manger manager danger ranger wander water waiter winter writer whiter better letter teacher reader leader loader "
        + "conference conferences confidence reference references difference preference exam exams example "
        + "pretending message messages hospital hostel host hosts cost costs coast coach couch church search researched trading grading fading").Split(' '), StringComparer.Ordinal);

    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length < 5 || RealWords.Contains(word))
            return null;
        string? best = null;
        var bestDistance = word.Length >= 9 ? 3 : 2;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - word.Length) >= bestDistance || candidate.Length < 5)
                continue;
            var distance = Distance(word, candidate);
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    /// <summary>Edits between two words; swapped neighbours count as one edit.</summary>
    public static int Distance(string a, string b)
    {
        var before = new int[b.Length + 1];
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(previous[j] + 1, current[j - 1] + 1), previous[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
            }
            (before, previous, current) = (previous, current, before);
        }
        return previous[b.Length];
    }
}
