namespace Agent.Models.Offline.Lexicon;

static class LexiconFile
{
    /// <summary>The lines of an embedded word list, without comments.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(LexiconFile).Assembly.GetManifestResourceStream($"Lexicon.{name}")
            ?? throw new InvalidOperationException($"The word list '{name}' is not embedded in {typeof(LexiconFile).Assembly.GetName().Name}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line.Trim() is { Length: > 0 } text && !text.StartsWith("# ", StringComparison.Ordinal))
                yield return text;
    }

    public static IEnumerable<string> Words(string name)
        => Lines(name).SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
