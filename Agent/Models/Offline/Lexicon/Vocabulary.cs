using System.Collections.Frozen;

namespace Agent.Models.Offline.Lexicon;

/// <summary>Word lists that only answer "is it one?".</summary>
static class Vocabulary
{
    public static FrozenSet<string> Occupations { get; } = LexiconFile.Words("occupations").ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    public static FrozenSet<string> NotNames { get; } = LexiconFile.Words("not-names").ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    public static FrozenSet<string> SmallTalk { get; } = LexiconFile.Words("small-talk").ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    public static FrozenSet<string> FirstNames { get; } = LexiconFile.Words("names").ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>One-word places, and those of several words as a whole.</summary>
    public static FrozenSet<string> Places { get; } = ReadPlaces();

    static FrozenSet<string> ReadPlaces()
    {
        var lines = LexiconFile.Lines("places").ToList();
        var severalWords = lines.SkipWhile(l => l != "new york");
        return lines.TakeWhile(l => l != "new york").SelectMany(l => l.Split(' ')).Concat(severalWords).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }
}
