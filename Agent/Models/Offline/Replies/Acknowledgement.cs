using Agent.Memory;
using Agent.Models.Offline.Facts;
using static Agent.Models.Offline.Replies.ProfileAnswers;

namespace Agent.Models.Offline.Replies;

/// <summary>Says back what a turn stored, so that a misunderstanding is seen at once.</summary>
static class Acknowledgement
{
    public static string? Of(OfflineTurn turn, FactSheet facts, bool german)
    {
        if (facts.IsEmpty)
            return null;
        var noted = Noted(turn.Profile, facts, german).ToList();
        var greeting = facts.Name is { Length: > 0 } name ? german ? $"Freut mich, {name}." : $"Nice to meet you, {name}." : null;
        if (noted.Count == 0)
            return greeting;
        var list = $"{(german ? "Notiert: " : "Noted: ")}{string.Join("; ", noted)}.";
        return greeting is null ? list : $"{greeting} {list}";
    }

    static IEnumerable<string> Noted(Profile now, FactSheet f, bool german)
    {
        if (f.Name is "")
            yield return german ? "deinen Namen habe ich vergessen" : "your name is forgotten";
        if (f.CurrentRole is { } role)
            yield return role.Length == 0 ? (german ? "deine bisherige Tätigkeit gilt nicht mehr" : "your former role no longer holds") : role;
        if (f.Years is { } years)
            yield return german ? $"{Number(years)} {(years == 1 ? "Jahr" : "Jahre")} Erfahrung" : $"{Years(years)} of experience";
        if (f.Skills.Count > 0)
            yield return german ? $"Kenntnisse: {List(f.Skills)}" : $"skills: {List(f.Skills)}";
        if (f.RemovedSkills.Count > 0)
            yield return german ? $"gestrichen: {List(f.RemovedSkills)}" : $"no longer a skill: {List(f.RemovedSkills)}";
        if (f.Goals is { } goals)
            yield return goals.Count == 0 ? (german ? "kein Ziel mehr" : "no goal for now") : german ? $"Ziel: {List(goals)}" : $"{(goals.Count == 1 ? "goal" : "goals")}: {List(goals)}";
        if (f.Interest is { Length: > 0 } interest && now.Goals.All(g => !g.Contains(interest, StringComparison.OrdinalIgnoreCase)))
            yield return german ? $"Interesse: {interest}" : $"interest: {interest}";
        if (f.Location is { } place)
            yield return place.Length == 0 ? (german ? "dein bisheriger Wohnort gilt nicht mehr" : "your former location no longer holds") : german ? $"Wohnort: {place}" : $"based in {place}";
        if (f.Education is { Length: > 0 } education)
            yield return german ? $"Ausbildung: {education}" : $"education: {education}";
        if (f.Languages.Count > 0)
            yield return german ? $"Sprachen: {List(f.Languages)}" : $"languages: {List(f.Languages)}";
        if (f.Projects.Count > 0)
            yield return german ? $"Projekt: {List([.. f.Projects.Select(p => p.Name)])}" : $"project: {List([.. f.Projects.Select(p => p.Name)])}";
        if (f.Note is { Length: > 0 })
            yield return german ? "eine Notiz" : "a note to remember";
    }
}
