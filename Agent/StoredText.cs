using System.Text;

namespace Agent;

/// <summary>Text as Postgres stores it: without NUL, and without half a surrogate pair, which is not text at all.</summary>
static class StoredText
{
    public static bool IsValid(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0')
                return false;
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }
        return true;
    }

    /// <summary>At most so many characters of the beginning, without half a pair at the end.</summary>
    public static string Cut(string text, int length)
        => text.Length <= length ? text : text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    /// <summary>The text without NUL, and with U+FFFD for each half of a pair.</summary>
    public static string Clean(string text)
        => IsValid(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace("\0", "", StringComparison.Ordinal);
}
