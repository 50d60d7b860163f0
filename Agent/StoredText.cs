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

    /// <summary>The text without NUL, and with U+FFFD for each half of a pair.</summary>
    public static string Clean(string text)
        => IsValid(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace("\0", "", StringComparison.Ordinal);
}
