using System.Globalization;
using Agent.Models.Embeddings;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Replies;

/// <summary>Finds what the author said about something, in recalled messages and earlier in the thread, and quotes it.</summary>
static class RecallAnswers
{
    /// <summary>Below, the words in common are the empty ones.</summary>
    const double Enough = 0.1;

    static readonly HashedEmbeddingGenerator Embeddings = new();

    /// <param name="about">The question, with what the profile says on it: "what did I want?" shares no word with the wish itself.</param>
    /// <param name="turn">Where to look.</param>
    /// <param name="german">Answer in German.</param>
    public static string? To(string about, OfflineTurn turn, bool german)
    {
        var wanted = Embeddings.Embed(about);
        var said = turn.Recalled.Where(r => r.Role == "user").Select(r => (r.Text, r.At, Recalled: true))
            .Concat(turn.Earlier.Select(text => (Text: text, At: (DateTimeOffset?)null, Recalled: false)))
            .SelectMany(m => Sentences.Of(OwnWords.Of(m.Text)).Take(60).Where(IsStatement).Select(s => (Sentence: s, m.At, m.Recalled)));
        var best = said.Select(s => (s.Sentence, s.At, s.Recalled, Near: Cosine(wanted, Embeddings.Embed(s.Sentence))))
            .OrderByDescending(s => s.Near).FirstOrDefault();
        if (best.Sentence is null || best.Near < Enough)
            return null;
        var sentence = best.Sentence.Length > 300 ? string.Concat(best.Sentence.AsSpan(0, 300), "…") : best.Sentence;
        var when = best.At?.UtcDateTime.ToString(german ? "d.M.yyyy" : "d MMM yyyy", CultureInfo.InvariantCulture);
        return (best.Recalled, german) switch
        {
            (true, true) => $"Am {when ?? "früheren Tag"} hast du gesagt: „{sentence}“",
            (true, false) => $"You told me{(when is null ? " earlier" : $" on {when}")}: “{sentence}”",
            (false, true) => $"Vorhin hast du gesagt: „{sentence}“",
            (false, false) => $"Earlier in this conversation you said: “{sentence}”",
        };
    }

    static bool IsStatement(string sentence) => sentence.Length > 3 && !sentence.EndsWith('?') && !Utterance.IsQuestion(sentence);

    static double Cosine(float[] a, float[] b)
    {
        var sum = 0d;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
