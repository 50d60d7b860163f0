using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

static partial class Sentences
{
    public static IEnumerable<string> Of(string text)
    {
        var start = 0;
        foreach (Match end in End().Matches(text))
        {
            if (Abbreviation().IsMatch(text[start..(end.Index + 1)]) && end.Value[0] == '.')
                continue;
            if (text[start..(end.Index + end.Length)].Trim() is { Length: > 0 } sentence)
                yield return sentence;
            start = end.Index + end.Length;
        }
        if (text[start..].Trim() is { Length: > 0 } rest)
            yield return rest;
    }

    // A dot ends a sentence only before white space: C#.NET, 3.5 and Node.js stay whole.
    [GeneratedRegex(@"[.!?…]+(?=\s|$|[)\]])|\n+|\s(?=[-•*]\s)")]
    private static partial Regex End();

    [GeneratedRegex(@"\b(e\.g|i\.e|z\.b|d\.h|dr|mr|mrs|ms|prof|st|approx|ca|incl|etc|vs|no|nr|bzw|usw|b\.?sc|m\.?sc|ph\.?d|bzgl|inc|ltd|co)\.$", RegexOptions.IgnoreCase)]
    private static partial Regex Abbreviation();
}
