using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

/// <summary>A message, read: its segments with their frames.</summary>
sealed partial class Utterance
{
    /// <summary>The author's own words, without quotations and pasted text.</summary>
    public string Text { get; }

    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>The message corrects something that was said before.</summary>
    public bool IsCorrection { get; }

    Utterance(string text, IReadOnlyList<Segment> segments)
    {
        Text = text;
        Segments = segments;
        IsCorrection = Correction().IsMatch(text);
    }

    public static Utterance Read(string message)
    {
        var text = OwnWords.Of(message);
        var segments = new List<Segment>();
        var number = 0;
        var frame = Frame.Bare;
        foreach (var sentence in Sentences.Of(text))
        {
            // A new sentence without a subject speaks of the author again, unless it goes on about somebody: "My boss is great. Knows Java."
            var start = frame == Frame.Other && !StartsBare().IsMatch(sentence) ? Frame.Other : Frame.Bare;
            frame = AddSentence(segments, sentence, number++, start);
        }
        return new Utterance(text, segments);
    }

    static Frame AddSentence(List<Segment> segments, string sentence, int number, Frame frame)
    {
        var asks = sentence.EndsWith('?');
        var pieces = SegmentSplitter.Split(sentence).ToList();
        var lastSubject = frame;
        for (var i = 0; i < pieces.Count; i++)
        {
            var (text, joint) = pieces[i];
            text = joint is "who" or "der" && frame is not Frame.Other ? ThirdToFirst().Replace(text, "I ${verb} ") : text;
            var isLast = i == pieces.Count - 1;
            var opens = true;
            var body = text;
            if (QuestionStart().IsMatch(text) && (asks || i == 0 || isLast))
                frame = Frame.Question;
            else if (joint == "who" && frame == Frame.Other)
                opens = false;
            else if (FrameRules.Match(text) is var (matched, at))
            {
                // "…, my job is" after a question mark at the end of one single clause is a question all the same.
                frame = asks && pieces.Count == 1 ? Frame.Question : matched;
                body = text[at..].Trim();
            }
            else
                opens = false;
            if (asks && isLast && !opens && pieces.Count > 1 && frame == Frame.Bare)
                frame = Frame.Question;
            if (pieces.Count == 1 && asks)
                frame = Frame.Question;
            segments.Add(new Segment(text, frame, body, opens, number, joint));
        }
        _ = lastSubject;
        return frame;
    }

    [GeneratedRegex(@"^\W*(i|i'm|im|ich|my|mein|also|currently|now|and i|hi|hello)\b", RegexOptions.IgnoreCase)]
    private static partial Regex StartsBare();

    [GeneratedRegex(@"^(?<verb>want|like|love|enjoy|speak|live|work|know|use|hope|plan|dream)s\s|^(?<verb>would (like|love))\s|^(is|am) (?<verb>looking|hoping)\s", RegexOptions.IgnoreCase)]
    private static partial Regex ThirdToFirst();

    [GeneratedRegex(@"^(do|does|did|am|is|are|was|were|can|could|should|would|will|shall|may|might|has|have (i|you|we)|what|what's|whats|which|who|whom|whose|when|where|why|how|tell me|remind me|show me|do you|any (idea|tips|advice)|kann|kannst|können|könnte|könntest|soll|sollte|bin ich|habe ich|hab ich|was|wer|wie|wo|warum|wieso|wann|welche\w*|woher|wohin|weißt|weisst|erinner\w*|sag mir|zeig\w*|muss ich|darf ich|lohnt)\b(?! (wanted|love|fascinates|interests|excites))", RegexOptions.IgnoreCase)]
    private static partial Regex QuestionStart();

    [GeneratedRegex(@"\b(actually|correction|correct that|sorry|oops|i meant|i mean|not (?=\d)|wrong|mistake|rather|instead|no longer|not .{1,40} (anymore|any more|but)|changed my mind|scratch that|typo|eigentlich|ich meinte|doch nicht|falsch|korrektur|sondern|stimmt nicht|nicht mehr)\b|^\s*(no|nein|nope)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Correction();
}
