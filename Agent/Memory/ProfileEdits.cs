namespace Agent.Memory;

/// <summary>What <c>update_profile</c> may change; null leaves a field as it is.</summary>
public sealed record ProfileUpdate
{
    public string? Name { get; init; }
    public string? CurrentRole { get; init; }
    public double? YearsOfExperience { get; init; }
    public IReadOnlyList<string>? Skills { get; init; }
    public IReadOnlyList<string>? RemoveSkills { get; init; }
    public IReadOnlyList<string>? Goals { get; init; }
    public string? Interest { get; init; }
    public string? Location { get; init; }
    public string? Education { get; init; }
    public IReadOnlyList<string>? Languages { get; init; }
    public string? Note { get; init; }
}

/// <summary>The edits behind the tools: corrections replace, lists do not pile up duplicates.</summary>
public static class ProfileEdits
{
    public static Profile Apply(this Profile profile, ProfileUpdate update) => profile with
    {
        Name = Replace(profile.Name, update.Name),
        CurrentRole = Replace(profile.CurrentRole, update.CurrentRole),
        YearsOfExperience = update.YearsOfExperience ?? profile.YearsOfExperience,
        Skills = Merge(Without(profile.Skills, update.RemoveSkills ?? []), update.Skills ?? []),
        Goals = update.Goals is null ? profile.Goals : Merge([], update.Goals),
        Interest = Replace(profile.Interest, update.Interest),
        Location = Replace(profile.Location, update.Location),
        Education = Replace(profile.Education, update.Education),
        Languages = Merge(profile.Languages, update.Languages ?? []),
        Note = Replace(profile.Note, update.Note),
    };

    /// <summary>Adds a project, or completes the one of that name.</summary>
    public static Profile Add(this Profile profile, Project project)
    {
        var projects = profile.Projects.ToList();
        var index = projects.FindIndex(p => Same(p.Name, project.Name));
        if (index < 0)
        {
            projects.Add(project with { Technologies = Merge([], project.Technologies) });
        }
        else
        {
            projects[index] = projects[index] with
            {
                Description = project.Description ?? projects[index].Description,
                Role = project.Role ?? projects[index].Role,
                Technologies = Merge(projects[index].Technologies, project.Technologies),
            };
        }
        return profile with { Projects = projects };
    }

    /// <summary>What <c>complete_onboarding</c> still waits for.</summary>
    public static IReadOnlyList<string> MissingForOnboarding(this Profile profile) =>
    [
        .. profile.Name is null ? ["name"] : Array.Empty<string>(),
        .. profile.CurrentRole is null ? ["current_role"] : Array.Empty<string>(),
        .. profile.Goals.Count == 0 ? ["goals"] : Array.Empty<string>(),
    ];

    /// <summary>An empty text clears the field: people take things back.</summary>
    static string? Replace(string? old, string? value) => value is null ? old : value.Trim() is { Length: > 0 } text ? text : null;

    static IReadOnlyList<string> Without(IReadOnlyList<string> list, IReadOnlyList<string> removed)
        => removed.Count == 0 ? list : [.. list.Where(item => !removed.Any(r => Same(item, r.Trim())))];

    static IReadOnlyList<string> Merge(IReadOnlyList<string> list, IReadOnlyList<string> added)
    {
        if (added.Count == 0)
            return list;
        var merged = list.ToList();
        foreach (var item in added.Select(a => a.Trim()).Where(a => a.Length > 0))
        {
            if (!merged.Exists(m => Same(m, item)))
                merged.Add(item);
        }
        return merged;
    }

    static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
