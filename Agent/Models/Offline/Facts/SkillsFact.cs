using System.Text.RegularExpressions;
using Agent.Models.Offline.Lexicon;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

static partial class SkillsFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var previousHadSkill = false;
        foreach (var segment in context.Utterance.Segments)
        {
            var negative = segment.Frame == Frame.Negative;
            if (!segment.IsFact && !negative)
            {
                previousHadSkill = false;
                continue;
            }
            var found = Terms.Skills.Find(segment.Text).ToList();
            var expected = Expected().IsMatch(segment.Text) || segment.Frame == Frame.Able || (!segment.Opens && previousHadSkill);
            foreach (var term in found.Where(t => !t.Everyday || expected || found.Count > 1))
                Add(term.Name, negative);
            previousHadSkill = found.Count > 0;
        }

        void Add(string skill, bool negative)
        {
            if (negative)
            {
                facts.Skills.Remove(skill);
                if (FactSheet.Has(context.Profile.Skills, skill) && !FactSheet.Has(facts.RemovedSkills, skill))
                    facts.RemovedSkills.Add(skill);
            }
            else if (!FactSheet.Has(context.Profile.Skills, skill) && !FactSheet.Has(facts.Skills, skill))
                facts.Skills.Add(skill);
        }
    }

    [GeneratedRegex(@"\b(years?|yrs|jahre|experience|know|use|using|with|in|skills?|stack|kann|kenne|erfahrung|mit|program|code|write|developer|entwickler\w*)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Expected();
}
