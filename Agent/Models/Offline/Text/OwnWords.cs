using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

/// <summary>
/// Keeps of a message what its author says in their own words. Quotations, code, pasted documents and text that talks to the
/// machine rather than about the author say nothing about the author, whatever they claim.
/// </summary>
static partial class OwnWords
{
    /// <summary>Longer messages are read up to here; nobody states a fact about themselves after page five.</summary>
    const int MaxLength = 12_000;

    public static string Of(string message)
    {
        var text = Runs.Shorten(message);
        text = text.Length > MaxLength ? text[..MaxLength] : text;
        text = text.Replace('’', '\'').Replace('‘', '\'').Replace('`', '\'').Replace("\r", "", StringComparison.Ordinal);
        text = CodeFence().Replace(text, " \n");
        text = QuotedLine().Replace(text, "");
        text = Speakers.Without(text);
        // Each of them is sought the end of; a page of that many is no message.
        if (text.Count('<') > 500)
            text = text[..text.IndexOf('<', StringComparison.Ordinal)];
        text = Markup().Replace(text, " \n ");
        text = Letter().Replace(text, m => m.Value.Contains('\n', StringComparison.Ordinal) ? " … " : m.Value);
        text = Quotation().Replace(text, ReplaceQuotation);
        text = SingleQuotation().Replace(text, ReplaceQuotation);
        if (Pasted().Match(text) is { Success: true } pasted)
            text = text[..pasted.Index];
        if (Manipulation.Find(text) is { } start)
            text = text[..start];
        return text;
    }

    /// <summary>A short quotation is a name or a title ("call me "Sam""); a longer one is somebody's sentence.</summary>
    static string ReplaceQuotation(Match match)
    {
        var inner = match.Groups["inner"].Value.Trim();
        var words = inner.Count(c => c == ' ') + 1;
        return words <= 4 && !SaidBefore().IsMatch(match.Result("$`")) && !FirstPerson().IsMatch(inner) ? inner : " … ";
    }

    [GeneratedRegex(@"'''.*?('''|\z)|~~~.*?(~~~|\z)", RegexOptions.Singleline)]
    private static partial Regex CodeFence();

    [GeneratedRegex(@"^[ \t]*>.*$", RegexOptions.Multiline)]
    private static partial Regex QuotedLine();

    [GeneratedRegex(@"<!--.*?(-->|\z)|\[INST\].*?(\[/INST\]|\z)|<\|im_start\|>.*?(<\|im_end\|>|\z)|<(?<tag>[a-z_][\w-]*)[^<>]*>.*?</\k<tag>\s*>|</?[a-z_][^<>]*>|\[/?(INST|SYSTEM|SYS)\]|<\|[^|]*\|>",
        RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Markup();

    [GeneratedRegex("[\"“„«»‹›「『](?<inner>[^\"“”„«»‹›「」『』\n]{1,4000})[\"”“»«‹›」』]")]
    private static partial Regex Quotation();

    // Over several lines only where both marks stand as they do around a text: one that is never closed must not hide what comes after it.
    [GeneratedRegex("""(?<![^\s:(])("[^"]{1,4000}"|[“„][^“”„]{1,4000}[”“]|«[^«»]{1,4000}»|»[^«»]{1,4000}«|‹[^‹›]{1,4000}›|›[^‹›]{1,4000}‹|「[^「」]{1,4000}」|『[^『』]{1,4000}』|'([^']|(?<=\p{L})'(?=\p{L})){1,4000}(?<!s)')(?=[\s\p{P}]|\z)""")]
    private static partial Regex Letter();

    // An apostrophe within a word opens and ends nothing.
    [GeneratedRegex(@"(?<![\p{L}\d])'(?<inner>(?:[^'\n]|(?<=\p{L})'(?=\p{L})){1,4000})'(?!\p{L})")]
    private static partial Regex SingleQuotation();

    [GeneratedRegex(@"\b(said|says|say|saying|wrote|writes|told\b.{0,20}|asked|replied|sagt|sagte|schrieb|schreibt|meint|meinte)\W*$", RegexOptions.IgnoreCase)]
    private static partial Regex SaidBefore();

    [GeneratedRegex(@"\b(I|I'm|I'd|I've|my|me|we|our|ich|mein|meine|mir|wir|unser\w*|ignore|you|your)\b", RegexOptions.IgnoreCase)]
    private static partial Regex FirstPerson();

    // "Translate this: …", "my friend wrote me: …", "here is the job ad: …": what follows is somebody else's text.
    [GeneratedRegex(
        @"\b((translate|summari[sz]e|proofread|rewrite|improve|check|review|read|quote|paste|übersetze?|korrigiere?)\b[^.:\n]{0,60}"
        + @"|(said|says|wrote|writes|texted|messaged|posted|replied|asked|told|schrieb|schreibt|sagte|sagt|meinte|fragte)\b[^.:\n]{0,40}"
        + @"|(email|e-mail|mail|message|letter|ad|advert|posting|description|review|text|article|story|poem|quote|cv of|profile of|anzeige|nachricht|brief|artikel)\b[^.:\n]{0,40}):\s",
        RegexOptions.IgnoreCase)]
    private static partial Regex Pasted();
}
