using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;
using Agent.Models.Offline.Replies;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>Skills: known ones wherever the author speaks of themselves, unknown ones where the wording says that a skill follows.</summary>
static partial class SkillsFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var (hadSkill, inList) = (false, false);
        foreach (var segment in context.Utterance.Segments)
        {
            var negative = segment.Frame == Frame.Negative;
            if (!segment.IsFact && !negative && !IsPastWork(segment))
            {
                (hadSkill, inList) = (false, false);
                continue;
            }
            inList = !negative && (Listed().IsMatch(segment.Text) || (inList && !segment.Opens));
            var expected = segment.Frame == Frame.Able || inList || (!segment.Opens && hadSkill) || Expected().IsMatch(segment.Text);
            var found = Terms.Skills.Find(segment.Text).ToList();
            foreach (var term in found.Where(t => (!t.Everyday || expected || found.Count > 1) && (t.Proper || !IsPartOfRole(t.Name, facts.CurrentRole))
                && !IsPartOfName(segment.Text.Substring(t.Index, t.Length))))
                Change(term.Name, negative);
            if (inList)
                AddUnknown(Listed().Match(segment.Text) is { Success: true } m ? segment.Text[(m.Index + m.Length)..] : segment.Text, found);
            else if (segment.Frame == Frame.Able && segment.Opens && !negative)
                AddUnknown(string.Join(", ", ListItems.Of(segment.Body).Where(i => ProperNoun().IsMatch(i))), found);
            hadSkill = found.Count > 0 || inList;
        }
        if (Questions.AskedIn(context.LastReply) == Question.Skills && context.Utterance.Segments.All(s => s.Frame == Frame.Bare))
            AddUnknown(context.Utterance.Text, [.. Terms.Skills.Find(context.Utterance.Text)]);

        void AddUnknown(string list, List<Term> known)
        {
            foreach (var item in ListItems.Of(list))
                if (!known.Any(k => item.Contains(k.Name, StringComparison.OrdinalIgnoreCase)) && !Terms.Skills.Find(item).Any()
                    && !Terms.Languages.Find(item).Any())
                    Change(item, negative: false);
        }

        // Stark is no misspelled Spark.
        bool IsPartOfName(string written) => (facts.Name ?? context.Profile.Name)?.Contains(written, StringComparison.OrdinalIgnoreCase) == true;

        void Change(string skill, bool negative)
        {
            if (negative)
            {
                facts.Skills.RemoveAll(s => string.Equals(s, skill, StringComparison.OrdinalIgnoreCase));
                if (FactSheet.Has(context.Profile.Skills, skill) && !FactSheet.Has(facts.RemovedSkills, skill))
                    facts.RemovedSkills.Add(skill);
            }
            else if (!FactSheet.Has(context.Profile.Skills, skill) && !FactSheet.Has(facts.Skills, skill) && facts.Skills.Count < 40)
                facts.Skills.Add(skill);
        }
    }

    /// <summary>"Sales rep" is a role, not the skill "sales"; "C# developer" is both.</summary>
    static bool IsPartOfRole(string skill, string? role)
        => role is not null && role.Contains(skill, StringComparison.OrdinalIgnoreCase);

    /// <summary>"I worked with Java at my last job": over, but learned.</summary>
    static bool IsPastWork(Segment segment) => segment.Frame == Frame.Past && WorkedWith().IsMatch(segment.Text);

    [GeneratedRegex(@"\b(years?|yrs|yoe|jahre|experience|know|use|using|with|skills?|stack|kann|kenne|erfahrung|mit|program|code|write|developer|entwickler\w*|mostly|mainly)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Expected();

    [GeneratedRegex(@"\b(skills?|strengths?|skill ?set|expertise|tech stack|stack|fähigkeiten|stärken|kenntnisse)\s*(are|is|include|includes|included|sind|ist|:|=|lie in)\s*|\b(good|great|skilled|proficient|strong|competent|experienced|better|best|adept) (at|with|in)( is| are)?\s+(?!it\b|this\b|that\b|my\b|what\b|people\b)|\b(know how to|speciali[sz]ed? in|specialise in|trained in|certified in|spezialisiert auf)\s+|\badd\s+(?=[^.]* to my skills)", RegexOptions.IgnoreCase)]
    private static partial Regex Listed();

    [GeneratedRegex(@"^\p{Lu}[\p{L}\d.+#]*[\d.+#\p{Lu}]*( \p{Lu}[\p{L}\d.+#]*)?$")]
    private static partial Regex ProperNoun();

    [GeneratedRegex(@"\bworked (a lot |mostly |mainly )?(with|in|on)\b", RegexOptions.IgnoreCase)]
    private static partial Regex WorkedWith();
}
