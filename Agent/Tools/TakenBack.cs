using System.Text.RegularExpressions;
using Agent.Models.Offline.Text;

namespace Agent.Tools;

/// <summary>What the person takes back: the clauses in which they deny, forget or end something, with what stands in them.</summary>
sealed partial class TakenBack
{
    static readonly Dictionary<string, Regex> Fields = new()
    {
        ["name"] = Name(),
        ["current_role"] = Role(),
        ["skills"] = Skills(),
        ["goals"] = Goals(),
        ["interest"] = Interest(),
        ["location"] = Location(),
        ["education"] = Education(),
        ["note"] = Note(),
    };

    readonly List<(string Text, WordList Words)> clauses;

    public TakenBack(string text) => clauses = [.. Clauses(text)];

    /// <summary>Whether the value, or the field it stands in, is named in such a clause, or all is to be forgotten.</summary>
    public bool Covers(string field, string value)
    {
        var words = new WordList(value);
        return clauses.Exists(c => words.Telling.Any(c.Words.HasAlike) || Fields[field].IsMatch(c.Text) || Forgets().IsMatch(c.Text) && Everything().IsMatch(c.Text)
            // Who knows only one thing knows none of the others.
            || field is "skills" && Only().IsMatch(c.Text));
    }

    static IEnumerable<(string Text, WordList Words)> Clauses(string text)
    {
        var before = "";
        foreach (var sentence in Sentences.Of(text.Replace('’', '\'')))
        {
            // "I know Java, Python and C#": the items of a list belong to the clause before; a new sentence does not.
            var negates = false;
            foreach (var clause in Joint().Split(sentence).Where(c => !string.IsNullOrWhiteSpace(c)))
            {
                var isShort = Blank().Count(clause.Trim()) < 3 && !Subject().IsMatch(clause);
                var takesBack = Marks().IsMatch(Idioms().Replace(clause, " "));
                // "Java? Not any more.": what is taken back stands before.
                if (takesBack && Blank().Count(clause.Trim()) < 3 && before.Length > 0)
                    yield return ($"{before} {clause}", new($"{before} {clause}"));
                negates = takesBack || negates && isShort;
                if (negates)
                    yield return (clause, new(clause));
                before = clause;
            }
        }
    }

    [GeneratedRegex(@"[,;:]\s|\s[-–—]\s|\s(?=(but|aber|sondern|and|und|or|oder|because|weil|so)\s)", RegexOptions.IgnoreCase)]
    private static partial Regex Joint();

    // Whoever says "I" again begins anew.
    [GeneratedRegex(@"^\W*((and|but|or|so|und|aber|oder)\W+)*(i|im|my|we|you|he|she|it|they|this|that|ich|mein\w*|wir|du|er|sie|es|das)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Subject();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();

    [GeneratedRegex(@"\b(not|no|never|\w+n't|dont|cannot|anymore|longer|forget|remove|delete|clear|drop\w*|erase|reset|wrong|instead|rather|chang\w+|quit|stopped|resigned|retired|fired|"
        + @"laid off|let go|sacked|dismissed|made redundant|gave up|given up|abandoned|ceased|lost|left|moved|relocated|used to|former\w*|only|take back|nicht|nie|kein\w*|vergiss|vergessen|lösch\w*|entfern\w*|streich\w*|statt|falsch|aufgegeben|aufgehört|gekündigt|entlassen|verloren|verlassen|weggezogen|umgezogen|nur)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Marks();

    // They deny, but take nothing back.
    [GeneratedRegex(@"\b(not (so |quite |very |too )?(sure|certain|only|just|to mention|bad)|no (idea|clue|problem|worries|thanks|doubt|matter|wonder)|why not|don't (forget|know (what|where|how|if|whether|which|why))|"
        + @"don't mind|if not|or not|not yet|would rather|never mind|nicht (so |ganz |sehr )?(sicher|nur)|keine (ahnung|sorge)|kein problem|warum nicht|weiß nicht)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Idioms();

    [GeneratedRegex(@"\b(forget|remove|delete|clear|erase|reset|vergiss|vergessen|lösch\w*|entfern\w*)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Forgets();

    [GeneratedRegex(@"\b(everything|all (of )?(this|that|it)|all (you know|my)|profil|profile|my data|about me|alles|meine daten|über mich)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Everything();

    [GeneratedRegex(@"\b(only|nur)\b.*\b(know|use|work|write|do|skills?|kann|nutze|arbeite|kenne)\b|\b(know|use|work|write|do|kann|nutze|arbeite|kenne)\b.*\b(only|nur)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Only();

    [GeneratedRegex(@"\b(names?|called|heiße|heisse|namen?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex(@"\b(roles?|jobs?|positions?|titles?|professions?|employ\w*|unemployed|(no longer|stopped|not) work(ing)?|work(ing)? any ?more|quit|resigned|retired|fired|laid off|let go|sacked|dismissed|redundant|entlassen|rollen?|stelle|beruf|arbeite nicht mehr|gekündigt)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Role();

    [GeneratedRegex(@"\b(skills?|technologies|tools|fähigkeiten|kenntnisse)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Skills();

    [GeneratedRegex(@"\b(goals?|aims?|dreams?|plans?|ambitions?|ziele?n?|träume?|pläne?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Goals();

    [GeneratedRegex(@"\b(interest\w*|hobb(y|ies)|interess\w*)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Interest();

    [GeneratedRegex(@"\b(location|liv(e|ing)|moved|city|town|address|wohn\w*|ort|stadt|umgezogen)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Location();

    [GeneratedRegex(@"\b(education|degree|diploma|stud(y|ied|ies)|university|college|school|ausbildung|abschluss|studi\w+)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Education();

    [GeneratedRegex(@"\b(notes?|noted|remember|notize?n?|merke?n?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Note();
}
