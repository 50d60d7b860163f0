using System.Text;

namespace Agent.Models.Embeddings;

/// <summary>Folding of letters that does not depend on the platform's culture data, which a slim container lacks.</summary>
static class Letters
{
    const string From = "àáâãåāăąçćčďèéêëēėęěğìíîïīįłñńňòóôõøōőŕřśšşťùúûūůűųýÿźżžäöü";
    const string To = "aaaaaaaacccdeeeeeeeegiiiiiilnnnooooooorrssstuuuuuuuyyzzzaou";

    /// <summary>Lower case, without diacritics; ß becomes ss. Other scripts stay as they are.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var lower = char.ToLowerInvariant(c);
            if (lower < 128)
                folded.Append(lower);
            else if (lower == 'ß')
                folded.Append("ss");
            else if (From.IndexOf(lower, StringComparison.Ordinal) is var at and >= 0)
                folded.Append(To[at]);
            // Combining accents of decomposed text.
            else if (lower is < '\u0300' or > '\u036f')
                folded.Append(lower);
        }
        return folded.ToString();
    }
}
