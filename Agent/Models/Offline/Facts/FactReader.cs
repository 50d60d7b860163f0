using Agent.Memory;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>Reads what a message says about its author. One extractor per fact; each sees the message and the profile as it was.</summary>
static class FactReader
{
    public static FactSheet Read(OfflineTurn turn, int year)
    {
        var facts = new FactSheet();
        if (turn.Utterance.IsSmallTalk)
            return facts;
        var context = new FactContext(turn.Utterance, turn.Profile, turn.LastReply, year);
        NameFact.Read(context, facts);
        RoleFact.Read(context, facts);
        YearsFact.Read(context, facts);
        LanguagesFact.Read(context, facts);
        SkillsFact.Read(context, facts);
        GoalsFact.Read(context, facts);
        InterestFact.Read(context, facts);
        LocationFact.Read(context, facts);
        EducationFact.Read(context, facts);
        ProjectsFact.Read(context, facts);
        NoteFact.Read(context, facts);
        CorrectionFact.Read(context, facts);
        TakenBackFact.Read(context, facts);
        return facts;
    }
}

/// <param name="Utterance">The message.</param>
/// <param name="Profile">The profile as it was before the message.</param>
/// <param name="LastReply">What the assistant said right before; a short answer to its question needs it.</param>
/// <param name="Year">The year it is.</param>
sealed record FactContext(Utterance Utterance, Profile Profile, string LastReply, int Year)
{
    public IEnumerable<Segment> Facts => Utterance.Segments.Where(s => s.IsFact);
}
