using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Facts;

/// <summary>"Please remember that I can only work mornings": what fits no field, kept word for word as a list item.</summary>
static partial class NoteFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        if (Remember().Match(context.Utterance.Text) is not { Success: true } match)
            return;
        var item = $"- {match.Groups["fact"].Value.Trim()}";
        var note = context.Profile.Note;
        if (note?.Contains(item, StringComparison.OrdinalIgnoreCase) != true && (note?.Length ?? 0) + item.Length < 3_500)
            facts.Note = string.IsNullOrEmpty(note) ? item : $"{note}\n{item}";
    }

    [GeneratedRegex(@"(^|[.!,]\s+)(please |and )?(remember|note|keep in mind|don't forget|bear in mind|merk dir|merke dir|denk daran|vergiss nicht)(,| that|, dass)? (?<fact>(i|my|ich|mein\w*)\b[^.!?\n]{3,300})(?!\?)", RegexOptions.IgnoreCase)]
    private static partial Regex Remember();
}
