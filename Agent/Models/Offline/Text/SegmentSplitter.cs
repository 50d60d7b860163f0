using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

/// <summary>Cuts a sentence where the meaning can change: at commas, at conjunctions before a new predicate, before a new "I".</summary>
static partial class SegmentSplitter
{
    /// <param name="sentence">One sentence.</param>
    /// <param name="isQuestion">It asks: "what's my name?" has its "my" inside of the question.</param>
    public static IEnumerable<(string Text, string Joint)> Split(string sentence, bool isQuestion)
    {
        var text = sentence.TrimStart(' ', '-', '–', '•', '*');
        if (!isQuestion)
        {
            text = Inversion().Replace(text, " \u0001ich ${verb} ");
            text = NewSubject().Replace(text, "\u0001");
        }
        text = Conjunction().Replace(text, m => $"\u0001{m.Groups["word"].Value}\u0002 ");
        text = Punctuation().Replace(text, m => $"\u0001{m.Value.Trim()[0]}\u0002 ");
        foreach (var piece in text.Split('\u0001'))
        {
            var parts = piece.Split('\u0002', 2);
            var joint = parts.Length == 2 ? parts[0] : "";
            var words = Leading().Replace(parts[^1], "").Trim().TrimEnd('.', '!', '…', '\u0002');
            if (words.Length > 0 && !Filler().IsMatch(words))
                yield return (words, joint);
        }
    }

    // 2,5 Jahre and 1:1 stay whole.
    // A label keeps its colon: "Skills: …" says what follows.
    [GeneratedRegex(@"[,;](?!\d)\s*|(?<!\b(skills?|stack|tools?|strengths?|expertise|role|job|title|position|profession|beruf|goals?|ziele?|name|location|languages|education|experience|interests?|project|dream|fähigkeiten|stärken|kenntnisse)\s?):(?!\d)\s*|\s*[()\[\]]\s*|\s+[-–—]+\s+|\s*—\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"(?<!\b(anything|everything|nothing|all))\s+(?<word>but|aber|sondern|however|although|though|obwohl|while|whereas|während|because|weil|denn|since(?= (I|my)\b)|who|der(?= (gern|gerne)\b))\s+"
        + @"|\s+(?<word>and|or|so|und|oder|&|plus|then|also)\s+(?=(also |then |now |currently |really |would |I |i'|i |ich |not |auch |jetzt |nun |gerade |nicht ){0,6}"
        + @"(I\b|i'm|im\b|ive\b|my\b|ich\b|mein|he\b|she\b|they\b|his\b|her\b|you\b|we\b|want|wanna|would (like|love)|'d (like|love)|wish\b|hop(e|ing)\b|plan(ning)?\b|looking\b|looki?ng to|dream|aim|aspire|intend|liv(e|ing)\b|based\b|am\b|work(ing|ed)?\b|"
        + @"know\b|speak\b|stud(y|ied|ying)\b|lov(e|ing)\b|like\b|enjoy|interested|have\b|had\b|was\b|used to|graduated|hold\b|don't|dont|do not|can\b|can't|never\b|not\b|no\b|nicht\b|kein|(bad|terrible|awful|weak|hopeless|rubbish) (at|in|with)\b|"
        + @"möchte|moechte|will\b|würde|kann\b|arbeite|wohne|lebe|habe?\b|bin\b|spreche|interessiere|suche|plane|träume|lerne|studiere|war\b|komme\b|heiße|heisse|mich\b|builds?\b|built\b|building\b|became\b|moved\b|relocated\b|switched to\b|started (as|working)\b|got an?\b|joined\b|with (a )?goal|goal))",
        RegexOptions.IgnoreCase)]
    private static partial Regex Conjunction();

    // "Right now I work …": the adverbial is one segment, the statement the next. Not after words whose clause the "I" belongs to.
    [GeneratedRegex(@"(?<!\b(say|says|said|think|thinks|thought|told|tells|believe|believes|claims|that|if|whether|when|wish|than|as|what|how|why|where|who|which|like|do|did|does|am|can|could|should|would|will|have|had|was|were|may|might|all|thing|everything|anything|the|because|since|until|once|unless|wenn|dass|ob|weil|wie|was|wo|\w+me|hi|hello|hey|kann|kenne|beherrsche|soll|darf|muss|sollte|could|sagt|meint|glaubt|denkt|dann|or|and|und|but|aber|so|in|of|on|about|up|for|from|by|dropped|abandoned|forget|reached|achieved|delete|remove|clear|changed?|update))\s+(?=(I|i)('m|'ve|'d|'ll|\s)|(im|ive)\s+(an?|the)\s|ich\s|my\s+(name|goal|dream|skills)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex NewSubject();

    [GeneratedRegex(@"(?<=\S)(?<!\b(gut|fit|stark|erfahren))\s+(?<verb>bin|arbeite|wohne|lebe|habe|möchte|moechte|will|spreche|würde|interessiere|studiere|lerne|heiße|heisse|komme|plane|suche|träume|unterrichte|leite) ich(?=\s|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Inversion();

    [GeneratedRegex(@"^(hi|hello|hey|hiya|hallo|moin|servus|well|ok|okay|yes|no|ja|nein|sorry|thanks|thx|thank you|danke|please|bitte|good (morning|evening|afternoon|day)|guten (tag|morgen|abend)|actually|oh|also|so|and|und|haha|lol)$", RegexOptions.IgnoreCase)]
    private static partial Regex Filler();

    [GeneratedRegex(@"^[\s,;:.!-]*((and|but|so|well|ok|okay|oh|um|uh|er|erm|hmm|yes|yeah|yep|no(?=[,.!])|nope|nah|hi|hello|hey|hiya|howdy|hola|greetings|good (morning|evening|afternoon|day)|dear \w+|there|actually|also|then|btw|by the way|sorry|oops|correction|really|honestly|basically|anyway|besides|plus|please|thanks|thank you|und|aber|ja|nein(?=[,.!])|also|übrigens|eigentlich|hallo|moin|servus|guten (tag|morgen|abend)|sorry|ach|naja|tja|bitte|danke|grüß gott|because|weil|since(?= i\b)|or|oder|all|everyone|team|folks)\b[\s,!.]*)+(?=\S)", RegexOptions.IgnoreCase)]
    private static partial Regex Leading();
}
