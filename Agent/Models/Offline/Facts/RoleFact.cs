using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;
using Agent.Models.Offline.Replies;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

static partial class RoleFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        string? role = null;
        foreach (var segment in context.Utterance.Segments)
            if (segment.Frame != Frame.Bare || Questions.AskedIn(context.LastReply) is not (Question.Goals or Question.Skills))
                role = Next(context, segment) ?? Of(segment) ?? role;
        role ??= Answered(context);
        role ??= context.Utterance.Segments.Where(s => s.Frame is Frame.Identity && s.Opens)
            .Select(s => Status().Match(s.Body)).FirstOrDefault(m => m.Success)?.Groups["status"].Value.ToLowerInvariant();
        if (role is not null && !string.Equals(role, context.Profile.CurrentRole, StringComparison.OrdinalIgnoreCase))
            facts.CurrentRole = role;
    }

    /// <summary>"I switched from nurse to baker", of somebody who is a nurse or has not said what they are; not from one server, or doctor, to another.</summary>
    static string? Next(FactContext context, Segment segment)
    {
        if (!segment.IsFact || Switched().Match(segment.Text) is not { Success: true } switched)
            return null;
        var (left, next) = (Phrase(switched.Groups["from"].Value, Evidence.None), Phrase(switched.Groups["to"].Value, Evidence.None));
        return left is not null && next is not null && !string.Equals(left, next, StringComparison.OrdinalIgnoreCase) && !Thing().IsMatch(left) && !Thing().IsMatch(next)
            && (context.Profile.CurrentRole is not { } role || Words.Names(left, role) || Words.Names(role, left)) ? next : null;
    }

    static string? Of(Segment segment) => segment.Frame switch
    {
        // "I work as …" says that a role follows, so any noun will do.
        Frame.Work when segment.Opens => Phrase(segment.Body, Vague().IsMatch(segment.Text) && !Title().IsMatch(segment.Body) ? Evidence.None : Evidence.Stated),
        // Bakers and smiths gave their names to many.
        Frame.Name when segment.Opens => null,
        Frame.Identity or Frame.Name or Frame.Bare or Frame.Work when !(segment.Frame is Frame.Bare && Verb().IsMatch(segment.Text)) && Phrase(segment.Body, HasArticle(segment.Body) || IsGerman(segment) ? Evidence.Article : Evidence.None) is { } role => role,
        _ => null,
    };

    internal enum Evidence
    {
        None,
        Article,
        Stated,
    }

    /// <summary>The occupation that a phrase names; signs that stand for themselves (bullets, emoji) part it from what is none of it.</summary>
    internal static string? Phrase(string body, Evidence evidence)
        => Sign().Split(body).Select(part => Part(part.Trim(), evidence)).FirstOrDefault(role => role is not null);

    static string? Part(string body, Evidence evidence)
    {
        var text = Lead().Replace(body, "");
        if (Words.IsSomebodys(text) || Relation().IsMatch(text))
            return null;
        if (Cut().Match(text) is { Success: true } cut)
            text = text[..cut.Index];
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim('.', '"', '\'', '!')).Where(w => w.Length > 0).ToList();
        if (words.Count is 0 or > 8)
            return null;
        // "Tired of being a waiter", "dating a dentist": what follows such a word is in a clause of its own.
        var clause = words.FindIndex(w => Inner().IsMatch(w));
        // The head is the last word that names an occupation: "senior backend developer | with …".
        var own = clause < 0 ? words : words[..clause];
        var head = own.FindLastIndex(w => w.Split('/', '-').Any(p => evidence == Evidence.Article ? RoleWords.MightBeOccupation(p) : RoleWords.LooksLikeOccupation(p)));
        if (head < 0 && clause >= 0)
            return null;
        if (head < 0)
        {
            head = words.FindLastIndex(w => RoleWords.Corrected(w) is not null);
            if (head >= 0)
                words[head] = RoleWords.Corrected(words[head])!;
        }
        if (head < 0)
            return evidence == Evidence.Stated && words.Count <= 5 && !NoRole().IsMatch(text) ? Tidy(words) : null;
        var of = OfPhrase(words, head);
        return Tidy(words.Take(of));
    }

    // "head of engineering", "teacher of maths" stay whole; "nurse of 12 years" does not.
    static int OfPhrase(List<string> words, int head)
        => head + 2 < words.Count && words[head + 1] is "of" or "für" && !char.IsDigit(words[head + 2][0]) ? Math.Min(words.Count, head + 4) : head + 1;

    static string? Tidy(IEnumerable<string> words)
    {
        var role = string.Join(' ', words).Trim(' ', ',', '.');
        return role.Length is >= 2 and <= 80 ? role : null;
    }

    // German needs no article before an occupation: "Ich bin Bauzeichner".
    static bool IsGerman(Segment segment) => segment.Frame == Frame.Identity && GermanIdentity().IsMatch(segment.Text)
        && !Vocabulary.FirstNames.Contains(segment.Body.Split(' ')[0]);

    static bool HasArticle(string body) => Article().IsMatch(body);

    static string? Answered(FactContext context)
        => context.Profile.CurrentRole is null && Questions.AskedIn(context.LastReply) == Question.Role && context.Utterance.Segments is [{ Frame: Frame.Bare } only, ..]
            && !Vocabulary.Places.Contains(only.Body) && (!Vocabulary.FirstNames.Contains(only.Body) || RoleWords.IsKnown(only.Body))
            ? Phrase(only.Body, Evidence.Stated) : null;

    [GeneratedRegex(@"^(i|i've|i have)( (just|recently|now|finally))* (switched|changed|went|gone|moved|transitioned|retrained)( (my )?(careers?|jobs?|roles?))? from ((being|working as) (an? )?)?(?!(my|another|an?|the|one|some)\b)(?<from>.{3,40}?) to ((being|becoming|working as) (an? )?)?(?!(my|another|an?|the|one|some)\b)(?<to>.{3,40})$", RegexOptions.IgnoreCase)]
    private static partial Regex Switched();

    // They end like occupations.
    [GeneratedRegex(@"\b(servers?|models?|docker|copilot|browsers?|routers?|compilers?|drivers?|containers?|editors?|printers?|computers?|doctors?)$", RegexOptions.IgnoreCase)]
    private static partial Regex Thing();

    [GeneratedRegex(@"^((an?|the|ein|eine|einen|einer|als|as|only|just|now|currently|actually|really|still|basically|mostly|officially|professionally|trained as|qualified as|by (day|trade|profession)|working as|very|quite|pretty|good|great|\S+ (years?|yrs?) as|experienced|passionate|dedicated|motivated|hard-?working|proud|simple|humble|seasoned|happy|jetzt|gerade|derzeit|gelernte[rn]?|erfahrene[rn]?|newly qualified|recently)\s+)+", RegexOptions.IgnoreCase)]
    private static partial Regex Lead();

    [GeneratedRegex(@"\s+(with|at|in|for|from|who|that|since|and|or|but|working|by|on|now|currently|based|living|specialising|specializing|doing|looking|und|mit|bei|im|in|aus|seit|für|am|an|auf|der|die|oder|right now|these days|here|there|today|near|where|which|because|so|until|after|before|over|about|around|full[- ]time|part[- ]time|von|de|named|called|having|by trade|any ?more|to|too|as well|though|gerade|aktuell|derzeit|not)\b|\s*@|\s+of\s+\d|\s+\d|[,;:(]", RegexOptions.IgnoreCase)]
    private static partial Regex Cut();

    [GeneratedRegex(@"(?:^|\s)[^\p{L}\p{N}\s&+/]+(?=\s|$)")]
    private static partial Regex Sign();

    [GeneratedRegex(@"^((?i:of|being|becoming|become|as|to|no|not|i|i'm|im|i've|my|you|your|he|his|she|her|we|our|they|their|is|are|was|were|be|been|have|has|had|want|wants|wanna)|an?|the|eine?)$")]
    private static partial Regex Inner();

    // "As a last resort", "my job is at risk", "my title is a joke": only a known occupation is one there, or what is written like a title.
    [GeneratedRegex(@"^((as an?|als)\s|my\s.*?(\b(job|profession|occupation|trade|work)( now)?( is|'s)\b|\b(title|role|position)( is|'s) an?\s))", RegexOptions.IgnoreCase)]
    private static partial Regex Vague();

    [GeneratedRegex(@"^\p{Lu}\p{Ll}\S*( \p{Lu}\S+)*$")]
    private static partial Regex Title();

    // "The son of a baker" is not said to bake.
    [GeneratedRegex(@"^(only |youngest |oldest |proud |best |good |old |big )*(son|daughter|child|kid|wife|husband|partner|girlfriend|boyfriend|mother|father|mom|mum|dad|brother|sister|cousin|friend|fan|patient|neighbou?r|widow|widower|sohn|tochter|frau|mann|freund\w*)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Relation();

    // A list of facts has no verb; with one, it is a sentence about somebody.
    [GeneratedRegex(@"\b(is|are|was|were|has|have|had|knows?|works|wants|says|said|ist|sind|war|hat)\b|^(instead of|rather than|besides|apart from|becoming)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Verb();

    [GeneratedRegex(@"^(ich|bin)\b", RegexOptions.IgnoreCase)]
    private static partial Regex GermanIdentity();

    [GeneratedRegex(@"^(an?|ein|eine|einen|the)\s", RegexOptions.IgnoreCase)]
    private static partial Regex Article();

    [GeneratedRegex(@"\b(it|this|that|me|you|well|hard|boring|stressful|fine|great|good|bad|ok|okay|hell|fun|killing|making|giving|going|very|too|usual|always|is|was|not|much|many|possible|soon|result|kid|child|team|whole|such|rule|said|none|nothing|unclear|unknown|redundant|important|different|vague|at)\b", RegexOptions.IgnoreCase)]
    private static partial Regex NoRole();

    [GeneratedRegex(@"^(a )?(?<status>retired|unemployed|self-employed|between jobs|job ?less|stay-at-home (mum|mom|dad|parent)|arbeitslos|arbeitssuchend|selbstständig|selbständig|in rente|in elternzeit|on parental leave)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Status();
}
