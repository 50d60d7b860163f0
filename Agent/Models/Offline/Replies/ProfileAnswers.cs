using System.Globalization;
using System.Text;
using Agent.Memory;
using Agent.Models.Offline.Facts;
using Agent.Models.Offline.Lexicon;

namespace Agent.Models.Offline.Replies;

/// <summary>Answers from the profile. Null when the profile has no answer.</summary>
static class ProfileAnswers
{
    public static string? To(Topic topic, string question, Profile p, bool german) => topic switch
    {
        Topic.Summary => Summary(p, german),
        Topic.Name when Known(p.Name) => german ? $"Du heißt {p.Name}." : $"Your name is {p.Name}.",
        Topic.Role when Known(p.CurrentRole) => Role(question, p.CurrentRole!, german),
        Topic.Years when p.YearsOfExperience is { } years => german ? $"Du hast {Number(years)} {(years == 1 ? "Jahr" : "Jahre")} Berufserfahrung." : $"You have {Years(years)} of experience.",
        Topic.Skills => Skills(question, p, german),
        Topic.Goals when p.Goals.Count > 0 => german ? $"Dein Ziel: {List(p.Goals)}." : p.Goals.Count == 1 ? $"Your goal: {p.Goals[0]}." : $"Your goals: {List(p.Goals)}.",
        Topic.Interest when Known(p.Interest) => german ? $"Dich interessiert: {p.Interest}." : $"You are interested in {p.Interest}.",
        Topic.Location when Known(p.Location) => german ? $"Du wohnst in {p.Location}." : $"You live in {p.Location}.",
        Topic.Education when Known(p.Education) => german ? $"Deine Ausbildung: {p.Education}." : $"Your education: {p.Education}.",
        Topic.Languages when p.Languages.Count > 0 => german ? $"Du sprichst: {List(p.Languages)}." : $"You speak {List(p.Languages)}.",
        Topic.Projects when p.Projects.Count > 0 => german ? $"Deine Projekte: {List(Projects(p))}." : $"Your projects: {List(Projects(p))}.",
        _ => null,
    };

    /// <summary>Several facts in one sentence each; what is unknown is left out.</summary>
    public static string Summary(Profile p, bool german)
    {
        var text = new StringBuilder();
        foreach (var topic in (Topic[])[Topic.Name, Topic.Role, Topic.Years, Topic.Skills, Topic.Goals, Topic.Interest, Topic.Location, Topic.Education, Topic.Languages, Topic.Projects])
            if (To(topic, "", p, german) is { } sentence && (topic != Topic.Skills || p.Skills.Count > 0))
                text.Append(text.Length > 0 ? " " : "").Append(sentence);
        return text.Length > 0 ? text.ToString() : german ? "Über dich weiß ich noch nichts." : "I don't know anything about you yet.";
    }

    static string? Skills(string question, Profile p, bool german)
    {
        var asked = Terms.Skills.Find(question).Select(t => t.Name).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (asked.Count > 0)
        {
            var known = asked.Where(a => FactSheet.Has(p.Skills, a)).ToList();
            var unknown = asked.Except(known, StringComparer.OrdinalIgnoreCase).ToList();
            return (known.Count, unknown.Count) switch
            {
                ( > 0, 0) => german ? $"Ja, {List(known)} steht bei deinen Kenntnissen." : $"Yes, {List(known)} is among the skills you told me about.",
                (0, _) => german ? $"Nicht, soweit ich weiß: {List(unknown)} hast du nicht als Kenntnis genannt." : $"You have not told me so: {List(unknown)} is not among your skills.",
                _ => german ? $"{List(known)} ja, {List(unknown)} nicht." : $"{List(known)} yes; {List(unknown)} is not among the skills you told me about.",
            };
        }
        return p.Skills.Count == 0 ? null : german ? $"Deine Kenntnisse: {List(p.Skills)}." : $"Your skills: {List(p.Skills)}.";
    }

    static string Role(string question, string role, bool german)
    {
        var asksWhether = question.TrimStart().StartsWith("am i a", StringComparison.OrdinalIgnoreCase) || question.TrimStart().StartsWith("bin ich", StringComparison.OrdinalIgnoreCase);
        var yes = asksWhether && Words.Overlap(question, role) > 0;
        var lead = !asksWhether ? "" : german ? (yes ? "Ja. " : "Nein, soweit ich weiß. ") : yes ? "Yes. " : "Not that I know of. ";
        return lead + (german ? $"Deine aktuelle Tätigkeit: {role}." : $"Your current role: {role}.");
    }

    public static string Years(double years) => $"{Number(years)} {(years == 1 ? "year" : "years")}";

    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public static string List(IReadOnlyCollection<string> items) => string.Join(items.Any(i => i.Contains(',', StringComparison.Ordinal)) ? "; " : ", ", items);

    static bool Known(string? value) => !string.IsNullOrEmpty(value);

    static string[] Projects(Profile p) => [.. p.Projects.Select(x => x.Description is { Length: > 0 } d ? $"{x.Name} ({d})" : x.Name)];
}
