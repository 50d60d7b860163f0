using Agent.Models.Offline.Facts;

namespace Agent.Models.Offline.Replies;

/// <summary>Writes the answer of a turn from the profile, what the turn changed, and what was recalled.</summary>
static class ReplyWriter
{
    public static string Write(OfflineTurn turn, FactSheet facts)
    {
        _ = facts;
        var goals = turn.Profile.Goals.Count > 0 ? $"Your goals: {string.Join("; ", turn.Profile.Goals)}." : "What would you like to do next?";
        var said = turn.Recalled.Where(r => r.Role == "user").OrderByDescending(r => r.Similarity).FirstOrDefault();
        return said is null ? $"Noted. {goals}" : $"You said: “{said.Text}” {goals}";
    }
}
