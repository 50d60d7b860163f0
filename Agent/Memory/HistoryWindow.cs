namespace Agent.Memory;

/// <summary>The newest messages that fit the budget.</summary>
static class HistoryWindow
{
    /// <summary>Oldest first. The newest message stays even when it alone is over the budget: without it the model answers nothing.</summary>
    public static IReadOnlyList<StoredMessage> Of(IEnumerable<StoredMessage> newestFirst, MemoryOptions options)
    {
        var window = new List<StoredMessage>();
        var tokens = 0;
        foreach (var message in newestFirst.Take(options.HistoryMessages))
        {
            tokens += Tokens(message.Text);
            if (tokens > options.HistoryTokens && window.Count > 0)
                break;
            window.Add(message);
        }
        window.Reverse();
        return window;
    }

    /// <summary>An estimate: four characters of Latin script, or one and a half of another, make a token.</summary>
    internal static int Tokens(string text)
    {
        var ascii = text.Count(char.IsAscii);
        return 4 + ascii / 4 + (text.Length - ascii) * 2 / 3;
    }
}
