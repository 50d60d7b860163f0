using Agent.Models.Offline.Facts;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Replies;

/// <summary>Writes the answer of a turn: what was stored, the answer to a question, then the next question or a first step.</summary>
static class ReplyWriter
{
    public static string Write(OfflineTurn turn, FactSheet facts)
    {
        var german = GermanText.Is(turn.UserText) || (GermanText.Is(turn.LastReply) && turn.UserText.Length < 20);
        var parts = new List<string?>();
        if (turn.LastReply.Length == 0 && turn.Profile.IsUnknown || Topics.Of(turn.UserText) == Topic.Assistant)
            parts.Add(Introduction(german));
        if (turn.Utterance.IsManipulation)
            parts.Add(german ? "Ich merke mir nur, was du von dir selbst erzählst; den Rest habe ich nicht beachtet."
                : "I only keep what you tell me about yourself, so I left the rest of that aside.");
        parts.AddRange(turn.Errors.Select(e => german ? $"Das konnte ich nicht speichern: {e}" : $"I could not store that: {e}"));
        // Read against the profile as it is after the tools, nothing is new; the calls of the turn say what was.
        parts.Add(Acknowledgement.Of(turn, StoredFacts.Of(turn) ?? facts, german));
        var answered = Answer(turn, german);
        parts.Add(answered);
        if (answered is null)
            parts.Add(Questions.Next(turn.Profile, Questions.AskedIn(turn.LastReply), german) ?? Closing(turn, german));
        return string.Join(' ', parts.Where(p => !string.IsNullOrEmpty(p)));
    }

    static string? Answer(OfflineTurn turn, bool german)
    {
        var questions = turn.Utterance.Segments.Where(s => s.Frame == Frame.Question).GroupBy(s => s.Sentence)
            .Select(sentence => string.Join(' ', sentence.Select(s => s.Text))).Where(q => Topics.Of(q) != Topic.Assistant);
        var answers = questions.Take(3).Select(q => Answer(turn, q, german)).Distinct().ToList();
        return answers.Count == 0 ? null : string.Join(' ', answers);
    }

    static string Answer(OfflineTurn turn, string asked, bool german)
    {
        var topic = Topics.Of(asked);
        var known = ProfileAnswers.To(topic, asked, turn.Profile, german);
        var quote = topic is Topic.Summary ? null : RecallAnswers.To(known is null ? asked : $"{asked} {known}", turn, german);
        if (topic == Topic.None && Topics.WantsAdvice(asked))
            return Advice.For($"{asked} {string.Join(' ', turn.Profile.Goals)}", german) ?? quote ?? Unknown(german);
        return known is null ? quote ?? Unknown(german) : quote is null ? known : $"{known} {quote}";
    }

    static string? Closing(OfflineTurn turn, bool german)
    {
        var justComplete = turn.Calls.Any(c => c.Name == "complete_onboarding" || c.Arguments?.ContainsKey("goals") == true);
        if (justComplete && turn.Profile.Goals.Count > 0 && Advice.For(turn.Profile.Goals[^1], german) is { } advice)
            return german ? $"Ein erster Schritt: {advice}" : $"A first step: {advice}";
        return turn.Calls.Count > 0 ? german ? "Was beschäftigt dich dabei am meisten?" : "What part of it is on your mind?"
            : german ? "Erzähl mir mehr, oder frag mich, was ich von dir weiß." : "Tell me more, or ask me what I know about you.";
    }

    static string Introduction(bool german) => german
        ? "Hallo! Ich bin der Berater ohne Sprachmodell: feste Regeln lesen heraus, was du von dir erzählst, und merken es sich."
        : "Hello! I'm the offline advisor: no language model, just rules that pick up what you tell about yourself and remember it.";

    static string Unknown(bool german) => german
        ? "Dazu habe ich von dir nichts. Ich antworte nur aus dem, was du mir erzählt hast; für mehr braucht es ein Sprachmodell (OpenAI:ApiKey)."
        : "I have nothing from you on that. I can only answer from what you told me; for more, a language model has to be configured (OpenAI:ApiKey).";
}
