using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Replies;

/// <summary>Decides which of its two languages the client answers in.</summary>
static partial class GermanText
{
    public static bool Is(string text) => German().Count(text) > English().Count(text);

    [GeneratedRegex(@"\b(ich|bin|und|der|die|das|nicht|ist|ein|eine|mein|meine|habe|hab|möchte|moechte|wie|wo|wer|als|seit|jahre|jahren|für|mit|auch|aber|kann|hallo|moin|danke|mir|mich|wollte|nochmal|zu|von|im|wohne|arbeite|sag|welche|warum)\b|[äöüß]|\bwas (war|ist|wollte|möchte|habe|bin|kann|weißt|weisst)\b", RegexOptions.IgnoreCase)]
    private static partial Regex German();

    [GeneratedRegex(@"\b(i|i'm|the|and|a|an|is|my|am|of|to|have|with|what|how|want|as|for|in|do|did|you|me|it|at|where|who|know)\b", RegexOptions.IgnoreCase)]
    private static partial Regex English();
}
