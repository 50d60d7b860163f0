using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

/// <summary>
/// Shortens what is repeated without saying anything: blank lines, ruled lines, rows of the same emoji. A rule that looks past such signs takes
/// time with the square of their number, or worse.
/// </summary>
static partial class Runs
{
    public static string Shorten(string text)
        => Signs().Replace(Blanks().Replace(text.Replace("\r", "", StringComparison.Ordinal), m => m.Value.Count(c => c == '\n') switch { 0 => " ", 1 => "\n", _ => "\n\n" }), "$1$1$1");

    // One blank line parts the head of a mail from what it says.
    [GeneratedRegex(@"\s{3,}")]
    private static partial Regex Blanks();

    // An emoji is two characters or more, and lines are ruled with ". . ." and "-=-=", too.
    [GeneratedRegex(@"([^\w\s][\W-[\n]]{0,5}?)\1{3,}")]
    private static partial Regex Signs();
}
