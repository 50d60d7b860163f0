using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Text;

/// <summary>A message, read: its segments with their frames.</summary>
sealed partial class Utterance
{
    /// <summary>The author's own words, without quotations and pasted text.</summary>
    public string Text { get; }

    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>The message corrects something that was said before.</summary>
    public bool IsCorrection { get; }

    /// <summary>The message tries to steer the assistant; what came with the try was left out.</summary>
    public bool IsManipulation { get; private init; }

    Utterance(string text, IReadOnlyList<Segment> segments)
    {
        Text = text;
        Segments = segments;
        IsCorrection = Correction().IsMatch(text);
    }

    /// <summary>Nothing but "hi", "thanks a lot", "hmmm": it answers no question.</summary>
    public bool IsSmallTalk => Word().Matches(Text) is { Count: > 0 } words && !Text.Any(char.IsDigit) && words.All(w => IsSmall(w.Value));

    /// <summary>A question is all that the message is, or ends with.</summary>
    public bool Asks => Segments.Count > 0 && Segments[^1].Frame == Frame.Question;

    public static Utterance Read(string message)
    {
        var text = NotOnly().Replace(OwnWords.Of(message),
            m => $"{m.Groups["one"].Value}{(m.Groups["more"].Success ? " and " : "")}");
        var segments = new List<Segment>();
        var number = 0;
        var frame = Frame.Bare;
        foreach (var sentence in Sentences.Of(text))
        {
            // A new sentence without a subject speaks of the author again, unless it goes on about somebody: "My boss is great. Knows Java."
            var start = frame == Frame.Other && !StartsBare().IsMatch(sentence) ? Frame.Other : Frame.Bare;
            frame = AddSentence(segments, sentence, number++, start);
        }
        return new Utterance(text, segments) { IsManipulation = Manipulation.IsIn(message) };
    }

    // IT is a field of work.
    static bool IsSmall(string word) => word != "IT" && !Vocabulary.FirstNames.Contains(word)
        && (Vocabulary.SmallTalk.Contains(word) || Vocabulary.SmallTalk.Contains(Drawn().Replace(word, "$1")));

    public static bool IsQuestion(string sentence) => QuestionStart().IsMatch(sentence);

    static Frame AddSentence(List<Segment> segments, string sentence, int number, Frame frame)
    {
        var asks = sentence.EndsWith('?');
        var pieces = SegmentSplitter.Split(sentence, asks && QuestionStart().IsMatch(Greeting().Replace(sentence, ""))).ToList();
        var fiction = Fiction.IsSaidAfter(sentence);
        for (var i = 0; i < pieces.Count; i++)
        {
            var (text, joint) = pieces[i];
            var before = i == 0 ? null : segments[^1];
            if (SomebodyElse.IsSubjectOf(pieces, i, before))
                frame = Frame.Other;
            fiction = Fiction.StartsIn(text) || (fiction && !Fiction.Ends(joint));
            var aboutOther = frame == Frame.Other;
            if (joint is "who" or "der" or "die" && !aboutOther)
                text = ThirdToFirst().Replace(text, "I ${verb} ");
            var isQuestion = QuestionStart().IsMatch(text) && (asks || i == 0 || i == pieces.Count - 1) || (asks && pieces.Count == 1);
            var staysWithOther = aboutOther && (joint == "who" || SomebodyElse.HasVerbOfOther(text));
            var match = isQuestion || staysWithOther ? null
                : Instead(text, joint, frame) ?? FrameRules.Match(text) ?? (aboutOther ? null : Continued(text, frame));
            if (isQuestion)
                frame = Frame.Question;
            else if (fiction)
                (match, frame) = ((Frame.Hypothetical, 0), Frame.Hypothetical);
            else if (match is { } opened)
                frame = opened.Frame;
            var body = match is { } m ? text[Math.Min(m.BodyAt, text.Length)..].Trim() : text;
            segments.Add(new Segment(text, frame, body, match is not null || isQuestion, number, joint));
        }
        return frame;
    }

    /// <summary>"… and would like to teach", "… und würde gerne lehren": the "I" is understood.</summary>
    static (Frame Frame, int BodyAt)? Continued(string text, Frame before)
    {
        var subject = EnglishVerb().IsMatch(text) ? "I " : GermanVerb().IsMatch(text) ? "ich " : null;
        if (subject is null || FrameRules.Match(subject + text) is not var (frame, at))
            return null;
        // "I left Berlin and live in Hamburg now": what comes after the past is of today.
        return at > subject.Length ? (frame, at - subject.Length) : before == Frame.Past && Settles().IsMatch(text) ? (frame, 0) : null;
    }

    /// <summary>"My goal is no longer to teach | but to write": what is wanted instead needs no "I want".</summary>
    static (Frame Frame, int BodyAt)? Instead(string text, string joint, Frame before)
        => before == Frame.Unwant && ItIs().Match(text) is { Success: true } match && (match.Groups["verb"].Success || joint is "but" or "sondern")
            && !OwnSubject().IsMatch(text[match.Length..]) ? (Frame.Want, match.Length) : null;

    [GeneratedRegex(@"^((also|now|currently|really|just|still|always|never|even|then) )*(want|would|'d|work|live|know|speak|have|has|use|used|became|moved|relocated|switched|joined|got|started (as|working)|enjoy|love|like|hope|plan|dream|aim|am|was|were|been|had|don't|dont|do|can|can't|cannot|never|studied|graduated|lead|manage|run|teach|drive|wish|need|intend|aspire|looking|hoping|planning|thinking|learning|trying|interested|passionate)\b", RegexOptions.IgnoreCase)]
    private static partial Regex EnglishVerb();

    [GeneratedRegex(@"^((auch|jetzt|nun|gerade|derzeit|gern|gerne) )*(möchte|moechte|will|würde|wuerde|kann|arbeite|wohne|lebe|habe|hab|bin|spreche|interessiere|suche|plane|träume|lerne|studiere|war|komme|heiße|heisse|kenne|leite|unterrichte|liebe|mag|hoffe)\b", RegexOptions.IgnoreCase)]
    private static partial Regex GermanVerb();

    [GeneratedRegex(@"\b(not|nicht) (only|just|merely|simply|nur|bloß)\s+(?<one>(an?\b|the\b|in\b|as\b|eine?\b)?[^,.;!?\n]*?)((?<more>,?\s+(but|sondern)\s+((also|auch|I'm|I am|ich bin)\b\s*)*|\s*[,;]\s*(I'm|I am|ich bin)\s+((also|auch)\s+)?)|(?=[,.;!?\n]|$))", RegexOptions.IgnoreCase)]
    private static partial Regex NotOnly();

    [GeneratedRegex(@"^((now|currently|still|jetzt|nun) )*(live|moved|relocated|settled|work|became|switched|joined|got|started|lebe|wohne|arbeite)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Settles();

    [GeneratedRegex(@"^((rather|instead|now|lieber|stattdessen) )*((?<verb>it's|it is|but|es ist) (now |rather )?)?((rather|instead|now) )?(to (?=\w)|that i )?", RegexOptions.IgnoreCase)]
    private static partial Regex ItIs();

    [GeneratedRegex(@"^(i|i'm|i'd|ich|my|mein\w*|he|she|they|it|we|you|that|this|not|nicht)\b", RegexOptions.IgnoreCase)]
    private static partial Regex OwnSubject();

    [GeneratedRegex(@"[\p{L}']+")]
    private static partial Regex Word();

    [GeneratedRegex(@"(\p{L})\1{2,}")]
    private static partial Regex Drawn();

    [GeneratedRegex(@"^\W*((and|but|so|ok|okay|well|hi|hello|hey|und|aber|also|btw|hallo|sorry|please)\b\W*)+", RegexOptions.IgnoreCase)]
    private static partial Regex Greeting();

    [GeneratedRegex(@"^\W*(i|i'm|im|ich|my|mein|also|currently|now|and i|hi|hello)\b", RegexOptions.IgnoreCase)]
    private static partial Regex StartsBare();

    [GeneratedRegex(@"^(?<verb>want|like|love|enjoy|speak|live|work|know|use|hope|plan|dream)s\s|^(?<verb>would (like|love))\s|^(is|am) (?<verb>looking|hoping)\s", RegexOptions.IgnoreCase)]
    private static partial Regex ThirdToFirst();

    [GeneratedRegex(@"^(do|does|did|am|is|are|was|were|can|could|should|would|will|shall|may|might|has|have (i|you|we)|what|what's|whats|which|who|whom|whose|when|where|why|how|tell me|remind me|show me|do you|any (idea|tips|advice)|kann|kannst|können|könnte|könntest|soll|sollte|bin ich|habe ich|hab ich|was|wer|wie|wo|warum|wieso|wann|welche\w*|woher|wohin|weißt|weisst|erinner\w*|sag mir|zeig\w*|muss ich|darf ich|lohnt)\b(?! (wanted|love|fascinates|interests|excites)\b)(?!\s*(i|i'm|i'd|i've|im|ich) [^?]* (is|are|would be|ist|wäre)\b[^?]*$)(?! to be (able|fair|honest))", RegexOptions.IgnoreCase)]
    private static partial Regex QuestionStart();

    [GeneratedRegex(@"\b(actually|correction|correct that|sorry|oops|i meant|i mean|not (?=\d)|wrong|mistake|rather|instead|no longer|not .{1,40} (anymore|any more|but)|changed my mind|scratch that|typo|eigentlich|ich meinte|doch nicht|falsch|korrektur|sondern|stimmt nicht|nicht mehr)\b|^\s*(no|nein|nope)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Correction();
}
