using System.Text.RegularExpressions;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>
/// "I don't live in Berlin any more", "I quit being a nurse", "forget my name": clears what the message takes back and puts nothing in
/// the place of. An empty text clears a field.
/// </summary>
static partial class TakenBackFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var own = context.Utterance.Segments.Where(s => s.Frame is not (Frame.Other or Frame.Question or Frame.Like or Frame.Want or Frame.Unwant)).ToList();
        var profile = context.Profile;
        if (facts.Name is null && profile.Name is { } name && own.Any(s => IsNotName(s.Text, name)))
            facts.Name = "";
        if (facts.Location is null && profile.Location is { } place && own.Any(s => IsLeft(s.Text, place)))
            facts.Location = "";
        if (facts.CurrentRole is null && profile.CurrentRole is not (null or "retired") && own.Any(s => Retired().IsMatch(s.Text)))
            facts.CurrentRole = "retired";
        if (facts.CurrentRole is null && profile.CurrentRole is { } role && own.Any(s => IsOver(s, role)))
            facts.CurrentRole = "";
        foreach (Match match in Forget().Matches(context.Utterance.Text))
            foreach (Match field in Field().Matches(match.Groups["what"].Value))
                Clear(field, context, facts);
    }

    static void Clear(Match field, FactContext context, FactSheet facts)
    {
        var profile = context.Profile;
        if (field.Groups["name"].Success && profile.Name is not null)
            facts.Name ??= "";
        else if (field.Groups["role"].Success && profile.CurrentRole is not null)
            facts.CurrentRole ??= "";
        else if (field.Groups["location"].Success && profile.Location is not null)
            facts.Location ??= "";
        else if (field.Groups["education"].Success && profile.Education is not null)
            facts.Education ??= "";
        else if (field.Groups["interest"].Success && profile.Interest is not null)
            facts.Interest ??= "";
        else if (field.Groups["note"].Success && profile.Note is not null)
            facts.Note ??= "";
        else if (field.Groups["skills"].Success)
            facts.RemovedSkills.AddRange(profile.Skills.Where(s => !FactSheet.Has(facts.RemovedSkills, s) && !FactSheet.Has(facts.Skills, s)));
        else if (field.Groups["goal"].Success && profile.Goals.Count > 0)
            facts.Goals ??= [.. Kept(profile.Goals, field.Groups["which"].Value)];
    }

    /// <summary>"Forget my goal of teaching" names one of them; else all go.</summary>
    static IEnumerable<string> Kept(IReadOnlyList<string> goals, string which)
        => goals.Any(g => Words.Overlap(g, which) >= 0.5) ? goals.Where(g => Words.Overlap(g, which) < 0.5) : [];

    static bool IsNotName(string text, string name)
    {
        var match = NotName().Match(text);
        return match.Success && Words.Names(Words.TrimTail(match.Groups["wrong"].Value), name);
    }

    static bool IsLeft(string text, string place)
        => !LocationFact.IsTemporary(text) && (Words.Mentions(text, place) ? Left().IsMatch(text) : LeftThere().IsMatch(text));

    static bool IsOver(Segment segment, string role)
    {
        if (JobLost().IsMatch(segment.Text))
            return true;
        if (segment.Frame is not Frame.Hypothetical && Trade().Match(segment.Text) is { Success: true } trade)
            return IsTradeOf(trade.Groups["stem"].Value, role);
        var match = NotRole().Match(segment.Text);
        if (!match.Success || Partly().IsMatch(match.Groups["what"].Value))
            return false;
        return RoleFact.Phrase(match.Groups["what"].Value, RoleFact.Evidence.Article) is { } denied && (Words.Names(denied, role) || Words.Names(role, denied) && More().IsMatch(segment.Text));
    }

    [GeneratedRegex(@"^(my (\w+ )?name (is|was|isn't|isnt|wasn't)( not| no longer| never)?(?<=not|n't|nt|longer|never)|(i'm|i am|im|ich bin|ich heiße) (not|no longer|nicht)( called| named| mehr)?|(please )?(don't|dont|do not|stop) call(ing)? me|mein name ist nicht|nenn mich nicht( mehr)?)\s+(?<wrong>\S.*)$|^(?<wrong>\S+( \S+)?) (is|was|ist) (not|never|no longer|nicht) (my|mein) (\w+ )?name\b|^(?<wrong>\S+( \S+)?) isn't my (\w+ )?name\b", RegexOptions.IgnoreCase)]
    private static partial Regex NotName();

    [GeneratedRegex(@"^(i|we|ich|wir)( \w+ly| just| also| now)? (no longer|don't|dont|do not|didn't|did not|never|stopped|used to|haven't|have not|nicht mehr)( actually| really| ever| even)? (live|lived|living|reside|stay|come|came|stayed)\b(?! (far|near|close|outside|alone|with|by myself)\b)"
        + @"|^(i'm|i am|im|ich bin|bin|we're|we are)( actually| really)? (no longer|not|never|nicht)( actually| really| mehr)? (in|from|based|living|located|resident|aus)\b|^(i|we)('ve| have)? (just |now |recently |finally )*(left|moved (away |out )*(from|of)|moved (here|over) from|relocated from|quit)\b"
        + @"|^(ich|wir) (wohne|lebe|komme|wohnen|leben|bin)\b.*\b(nicht|nie)\b|^(ich habe|ich hab|habe) .{2,40} verlassen|^(ich bin|bin) aus .{2,40} weggezogen|^(no longer|not|nicht( mehr)?)( living| live| based)? in\b|^(forget|delete|remove|drop|vergiss|lösche|entferne)\b(?! to\b)|\b(isn't|is not|is no longer|wasn't) (my|where)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Left();

    [GeneratedRegex(@"^(i|ich)( \w+ly)? (no longer|don't|dont|do not|wohne|lebe)( actually| really)? (live|reside|stay|nicht mehr)?\s*(there|here|dort|da|hier)( nicht mehr| any ?more)?$|^(i|ich) (wohne|lebe) (nicht mehr (dort|da|hier)|(dort|da|hier) nicht mehr)", RegexOptions.IgnoreCase)]
    private static partial Regex LeftThere();

    [GeneratedRegex(@"^(i|i've|i have)( \w+ly| just| now)* retired\b(?! (to|in) \p{Lu})|^(ich )?(bin|ging)( \w+)? in (rente|pension)( gegangen)?", RegexOptions.IgnoreCase)]
    private static partial Regex Retired();

    [GeneratedRegex(@"^(i'm|i am|im|i was|i've been|i have been|i'd been|ich bin|ich war|bin)( actually| really| also| now)? (not|no longer|never|nicht mehr|nie|(?=kein))\s*(working as |employed as |actually |really |anymore |any more )*(?<what>.+)$"
        + @"|^(i|ich)( actually| really| also| now)? (no longer|never|don't|dont|do not|didn't|did not) (am|was|were|be|work|worked|working|serve|practi[cs]e|had been)( any ?more)?( as)? (?<what>.+)$"
        + @"|^(i've|i have) never (been|worked as) (?<what>.+)$|^(i|ich) used to (be|work as) (?<what>.+)$"
        + @"|^(i'm|i am|im)( now| finally)? (done|finished|through) (with )?(being|working( as)?) (?<what>.+)$"
        + @"|^(i|i've|i have|ich)( \w+ly| just| now)* (stopped|quit|ceased|gave up|given up|give up|resigned from|left|resigned)( from)?( my (job|role|position|post))? (to be|being|working( as)?|practising|practicing|as)\s+(?<what>.+)$"
        + @"|^(ich )?(arbeite|bin|war) (nicht mehr|nie|(?=kein))( als)?\s*(?<what>.+)$|^(forget|vergiss)( that| dass)? (i'm|i am|im|i work as|i was|my (job|role) is|ich bin)\s+(?<what>.+)$", RegexOptions.IgnoreCase)]
    private static partial Regex NotRole();

    [GeneratedRegex(@"^(i|i've|i have)( \w+ly| just| now)* ((left|quit|gave up|given up)(?= \w+ing\W*$| \w+ing (for (good|ever)|altogether|completely|entirely|behind|last (week|month|year|spring|summer|autumn|winter)|in \d{4}|(an?|\w+) (years?|months?|weeks?) ago)\b)|stopped(?= \w+ing (for (good|ever)|altogether|completely|entirely|in \d{4})\b)) (?<stem>\p{L}{3,})ing\b", RegexOptions.IgnoreCase)]
    private static partial Regex Trade();

    /// <summary>"I left nursing", of a nurse; likewise of a teacher, a baker, an accountant.</summary>
    static bool IsTradeOf(string stem, string role)
        => Array.Exists(["e", "r", "er", "or", "ist", "ant"], ending => role.Split(' ')[^1].Equals(stem + ending, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"^(only|just|merely|simply|such|that|very|really|so|the only|the best|a (very )?(good|bad|great|typical|normal|real|full|born|mere|simple)|(a |an )?(experienced|average)|nur|bloß|allein)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Partly();

    [GeneratedRegex(@"\b(any ?more|no longer|stopped|quit|mehr|gave up|never)\b", RegexOptions.IgnoreCase)]
    private static partial Regex More();

    [GeneratedRegex(@"^(i|i've|i have|ich habe|ich hab)( \w+ly| just| now| also)* (lost|quit|left|resigned from|gave up|given up|quitted|stopped doing) (my|the) (old |current |last |nursing |day |full[- ]time |part[- ]time )*(job|position|role|post|work)\b"
        + @"|^(i|i'm|i am|i've|i have)( \w+ly| just| now)* (was|got|been|were|am|getting)( just| recently)* (fired|laid off|sacked|made redundant|let go|dismissed)\b"
        + @"|^(i|i've|i have)( \w+ly| just| now)* (resigned|quit)( \w+ly| last \w+| this \w+| in \d+| yesterday| today| from work(ing)?| early)*\W*$"
        + @"|^ich (habe|hab) (meinen|den) (job|arbeitsplatz) (verloren|gekündigt|aufgegeben)|^ich (habe|hab) meine (stelle|arbeit) (verloren|gekündigt|aufgegeben)|^ich (habe gekündigt|wurde (entlassen|gekündigt))|^my (job|role|position) (is|was) (gone|over|cut|eliminated|terminated)|^i (no longer|don't|do not) have (a|my|that) (job|role|position)\b", RegexOptions.IgnoreCase)]
    private static partial Regex JobLost();

    [GeneratedRegex(@"(?:^|[.!?\n,;]\s*|\b(?:please|can you|could you|would you|you can|you may|you should|and|want you to|like you to|bitte|actually|now|just|kannst du)\s+)(?:please |just |also )*(?:forget|delete|remove|clear|erase|unset|vergiss|lösche?|entferne|streiche?)\s+(?:about |all of |all |everything about |bitte )*(?<what>(?:my|mein\w*|the|where|what)\b[^.!?\n]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Forget();

    [GeneratedRegex(@"\b(my|mein\w*|the)\s+(current |old |whole |entire |home |job |stored |career )*((?<name>(first |last |full )?name)|(?<role>role|job title|job|position|occupation|profession|title|beruf|rolle|stelle)|(?<location>location|city|place|address|hometown|home town|residence|whereabouts|town|wohnort|adresse|stadt|ort)|(?<education>education|degree|studies|ausbildung|abschluss)|(?<interest>interests?|interessen?)|(?<note>notes?|notiz(en)?)|(?<skills>skills|skill ?set|fähigkeiten|kenntnisse)|(?<goal>goals?|ziele?|dreams?|plans?)(?<which>.*))\b(?! of other)|\b(?<location>where i(('m| am) from| live))\b|\b(?<role>what i (do|work as))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Field();
}
