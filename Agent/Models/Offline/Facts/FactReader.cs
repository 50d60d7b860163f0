using Agent.Memory;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>Reads what a message says about its author. One extractor per fact; each sees the message and the profile as it was.</summary>
static class FactReader
{
    static readonly Action<FactContext, FactSheet>[] Readers =
    [
        NameFact.Read, RoleFact.Read, YearsFact.Read, LanguagesFact.Read, SkillsFact.Read, GoalsFact.Read, InterestFact.Read, LocationFact.Read,
        EducationFact.Read, ProjectsFact.Read, NoteFact.Read, CorrectionFact.Read, TakenBackFact.Read,
    ];

    public static FactSheet Read(OfflineTurn turn, int year, CancellationToken cancellationToken)
    {
        var facts = new FactSheet();
        if (turn.Utterance.IsSmallTalk)
            return facts;
        var context = new FactContext(turn.Utterance, turn.Profile, turn.LastReply, year);
        // Nothing stops a rule while it reads: a turn that is out of time ends before the next one.
        foreach (var read in Readers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            read(context, facts);
        }
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
