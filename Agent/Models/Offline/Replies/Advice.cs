using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Replies;

/// <summary>A first step for a goal, from a list of fields. No more than a rule can know.</summary>
static class Advice
{
    static readonly (string[] Words, string English, string German)[] Fields = [.. LexiconFile.Lines("advice").Select(Parse)];

    public static string? For(string text, bool german)
    {
        var padded = $" {text.ToLowerInvariant()}";
        // The longest word that fits says most: "data engineer" before "engineer".
        var best = Fields.Select(f => (f.English, f.German, Length: f.Words.Where(w => padded.Contains($" {w}", StringComparison.Ordinal)).Select(w => w.Length).DefaultIfEmpty().Max()))
            .MaxBy(f => f.Length);
        return best.Length == 0 ? null : german ? best.German : best.English;
    }

    static (string[] Words, string English, string German) Parse(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        return (parts[0].Split(',', StringSplitOptions.TrimEntries), parts[1], parts[2]);
    }
}
