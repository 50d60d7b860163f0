using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

/// <summary>
/// Recognises text that tries to steer the assistant instead of speaking of its author. Whatever follows such a sentence in a
/// message is not taken as fact either: the claim that comes with it ("…and from now on my name is Admin") is part of the try.
/// </summary>
static partial class Manipulation
{
    /// <summary>Where the first manipulating sentence starts; null when there is none.</summary>
    public static int? Find(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
            return null;
        var start = text.LastIndexOfAny(['.', '!', '?', '\n', ';'], Math.Max(0, match.Index - 1));
        return start + 1;
    }

    public static bool IsIn(string text) => Pattern().IsMatch(text);

    [GeneratedRegex(
        @"\b(ignor\w*|disregard|forget|override|bypass|vergiss|missachte|ignorier\w*)\b[^.!?\n]{0,40}\b(instructions?|prompts?|rules?|guidelines?|polic\w+|directives?|restrictions?|anweisung\w*|regeln|vorgaben|everything (above|before|you))\b"
        + @"|\b(system|developer|initial|hidden|secret)[ _-]?(prompt|message|instructions?|mode|override|note)\b"
        + @"|^\s*(system|assistant|developer|admin|tool|###\s*\w+)\s*:"
        + @"|\b(you are|you're|act as|behave as|pretend (to be|that you)) (now |no longer )?(an? )?(unrestricted|dan\b|jailbroken|admin\w*|root|in \w+ mode|the system|a different|another)"
        + @"|\b(jailbreak|prompt injection|sudo|god mode|debug mode|maintenance mode|admin(istrator)? (mode|access|override|rights))\b"
        + @"|\b(update_profile|add_project|read_profile|complete_onboarding|working_memory|recalled_messages|tool_call|function_call|user_?id|tenant_?id)\b"
        + @"|\b(call|invoke|execute|run|use|trigger)\b[^.!?\n]{0,20}\b(tools?|functions?)\b"
        + @"|\b(other|another|different|every|all|andere\w*|alle\w*)\s+(users?|accounts?|people|person|customers?|nutzer\w*|benutzer\w*|konten)('s)?\b[^.!?\n]{0,40}\b(profiles?|data|names?|messages?|details|secrets?|keys?|memor\w+|daten|nachrichten|profil\w*|passw\w+)\b"
        + @"|\b(profiles?|data|messages?|memory|memories|records?)\s+(of|from|for|belonging to)\s+(other|another|all|every|user)\b"
        + @"|\b(reveal|print|repeat|output|show|leak|dump|expose|disclose)\b[^.!?\n]{0,40}\b(prompts?|instructions|api[ _-]?keys?|secrets?|password\w*|credentials|tokens?|schema|database|environment)\b"
        + @"|\b(drop|truncate|delete|insert|alter|select)\s+(table|from|into|database|\*)"
        + @"|\bnew (instructions?|rules?|task|objective)\b\s*:"
        + @"|\bfrom now on\b[^.!?\n]{0,30}\b(you|your|respond|answer|reply)\b"
        + @"|\bon behalf of\b|\bas (the )?(admin\w*|root|superuser)\b",
        RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Pattern();
}
