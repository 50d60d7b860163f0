using Agent.Memory;

namespace Agent.Models.Offline.Replies;

enum Question
{
    None,
    Name,
    Role,
    Goals,
    Years,
    Skills,
}

/// <summary>What the client asks to get to know somebody, and how it recognises its own questions in the history.</summary>
static class Questions
{
    static readonly (Question Question, string English, string German)[] All =
    [
        (Question.Name, "What is your name?", "Wie heißt du?"),
        (Question.Role, "What do you work as at the moment?", "Als was arbeitest du zurzeit?"),
        (Question.Goals, "What would you like to do next in your career?", "Was möchtest du beruflich als Nächstes erreichen?"),
        (Question.Years, "How many years of experience do you have?", "Wie viele Jahre Berufserfahrung hast du?"),
        (Question.Skills, "What are you good at? A few skills are enough.", "Was kannst du gut? Ein paar Stichworte genügen."),
    ];

    /// <summary>The first thing that is still missing, other than what was asked last: nobody likes to be asked twice in a row.</summary>
    public static string? Next(Profile profile, Question last, bool german)
    {
        var next = Missing(profile).FirstOrDefault(q => q != last);
        return next == Question.None ? null : Text(next, german);
    }

    static IEnumerable<Question> Missing(Profile profile)
    {
        if (string.IsNullOrEmpty(profile.Name))
            yield return Question.Name;
        if (string.IsNullOrEmpty(profile.CurrentRole))
            yield return Question.Role;
        if (profile.YearsOfExperience is null)
            yield return Question.Years;
        if (profile.Skills.Count == 0)
            yield return Question.Skills;
        if (profile.Goals.Count == 0)
            yield return Question.Goals;
    }

    /// <summary>The question that a reply of this client ended with.</summary>
    public static Question AskedIn(string reply)
        => All.FirstOrDefault(q => reply.EndsWith(q.English, StringComparison.Ordinal) || reply.EndsWith(q.German, StringComparison.Ordinal)).Question;

    static string Text(Question question, bool german)
    {
        var found = All.First(q => q.Question == question);
        return german ? found.German : found.English;
    }
}
