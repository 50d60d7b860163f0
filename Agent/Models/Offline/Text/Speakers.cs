using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Text;

/// <summary>Lines of a chat log ("Bob: I am a teacher") and mails: what stands in them is said by whoever is named before it.</summary>
static partial class Speakers
{
    public static string Without(string text)
    {
        if (Mail().Match(text) is { Success: true } mail && !Vocabulary.Places.Contains(mail.Groups["sender"].Value.Trim()))
            text = text[..mail.Index];
        return Line().Replace(text, m => IsSomebody(m.Groups["speaker"].Value, m.Groups["said"].Value) ? "" : m.Value);
    }

    static bool IsSomebody(string speaker, string said)
    {
        var words = speaker.Split(' ');
        if ((Label().IsMatch(speaker) && !Belonging().IsMatch(speaker)) || !SaysSomething().IsMatch(said))
            return false;
        return Vocabulary.FirstNames.Contains(words[0]) || Person().IsMatch(speaker) || Array.TrueForAll(words, w => char.IsUpper(w[0]));
    }

    [GeneratedRegex(@"^[ \t]*((\[[^\]\n]*\]|\(?\d[\d:., /-]*( ?[ap]m)?\)?)[ \t]*[-–]?[ \t]*)?(?<speaker>[\p{L}][\p{L}'-]*( [\p{L}\d][\p{L}\d'-]*){0,2})[ \t]*(\([^)\n]*\))?:[ \t]+(?<said>.*)$|^[ \t]*<(?<speaker>\p{Lu}\p{L}+)>[ \t]+(?<said>.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"\b(I|I'm|Im|I've|my|me|we|our|ich|mein\w*|wir|unser\w*|is|are|was|knows|works|wants|lives)\b", RegexOptions.IgnoreCase)]
    private static partial Regex SaysSomething();

    [GeneratedRegex(@"^(my |our |the |mein\w* )?(\w+ )?(boss|manager|friend|colleague|coworker|mentor|coach|brother|sister|mother|father|mom|mum|dad|wife|husband|partner|interviewer|recruiter|customer|client|candidate|applicant|speaker|host|guest|caller|teacher|him|her|he|she|them|they|user|human|chef|freund\w*|kolleg\w*)('s \w+)?( \d+)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Person();

    // "My friend's bio"
    [GeneratedRegex(@"^(my|our|the) \w+'s ", RegexOptions.IgnoreCase)]
    private static partial Regex Belonging();

    // What the author themselves puts before a colon.
    [GeneratedRegex(@"\b(me|i|myself|ich|it|update|edit|correction|korrektur|corrected|note|notes|notiz|ps|p\.s|fyi|btw|info|tldr|background|hintergrund|about|bio|cv|resume|summary|intro\w*|profile|context|facts?|answers?|questions?|first\w*|second\w*|third\w*|also|today|now|current\w*|previous\w*|before|after|goals?|ziele?|status|reason|problem|situation|history|hobb\w+|plus|next|finally|important|reminder|remember|actually|sorry|yes|no|nope|well|so|okay|ok|hi|hello|hey|hallo|dream|plans?|work|job|role|title|position|profession|beruf|experience|education|location|place|city|skills?|stack|tools?|strengths?|expertise|languages?|interests?|projects?|age|name|thing|one|change|changes|news|example|meaning|that|this|here|fact|truth|clear|mind|motto|contact|dear|sir|madam|team|all|everyone|folks|address|years?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Label();

    [GeneratedRegex(@"^[ \t]*(from|von)[ \t]*:(?<sender>[^\n]*)\n[ \t]*\n"
        + @"|^[ \t]*(?<h>from|von|to|an|subject|betreff|date|datum|sent|gesendet|cc|reply-to)[ \t]*:[^\n]*\n\s*(?!\k<h>)(from|von|to|an|subject|betreff|date|datum|sent|gesendet|cc|reply-to)[ \t]*:"
        + @"|^[ \t]*-{2,}[ \t]*(original|forwarded|ursprüngliche|weitergeleitete)\b|^[ \t]*(fwd?|wg)[ \t]*:", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Mail();
}
