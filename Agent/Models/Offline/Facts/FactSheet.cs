using System.Globalization;
using Agent.Memory;

namespace Agent.Models.Offline.Facts;

/// <summary>What one message says about its author: only what is new or different from the profile.</summary>
sealed class FactSheet
{
    public string? Name { get; set; }
    public string? CurrentRole { get; set; }
    public double? Years { get; set; }
    public List<string> Skills { get; } = [];
    public List<string> RemovedSkills { get; } = [];

    /// <summary>The full new list, or null when the message says nothing about goals.</summary>
    public List<string>? Goals { get; set; }

    public string? Interest { get; set; }
    public string? Location { get; set; }
    public string? Education { get; set; }
    public List<string> Languages { get; } = [];
    public string? Note { get; set; }
    public List<Project> Projects { get; } = [];

    public bool IsEmpty => ToArguments().Count == 0 && Projects.Count == 0;

    public Dictionary<string, object?> ToArguments()
    {
        var arguments = new Dictionary<string, object?>();
        Set("name", Name);
        Set("current_role", CurrentRole);
        if (Years is { } years)
            arguments["years_of_experience"] = years;
        SetList("skills", Skills);
        SetList("remove_skills", RemovedSkills);
        if (Goals is not null)
            arguments["goals"] = Goals.ToArray();
        Set("interest", Interest);
        Set("location", Location);
        Set("education", Education);
        SetList("languages", Languages);
        Set("note", Note);
        return arguments;

        void Set(string field, string? value)
        {
            if (value is not null)
                arguments[field] = value;
        }

        void SetList(string field, List<string> values)
        {
            if (values.Count > 0)
                arguments[field] = values.ToArray();
        }
    }

    public static Dictionary<string, object?> ToArguments(Project project)
    {
        var arguments = new Dictionary<string, object?> { ["name"] = project.Name };
        if (project.Description is { } description)
            arguments["description"] = description;
        if (project.Technologies is { Count: > 0 } technologies)
            arguments["technologies"] = technologies.ToArray();
        if (project.Role is { } role)
            arguments["role"] = role;
        return arguments;
    }

    /// <summary>Case-insensitive "is it there already".</summary>
    public static bool Has(IEnumerable<string> list, string value)
        => list.Any(x => string.Compare(x, value, CultureInfo.InvariantCulture, CompareOptions.OrdinalIgnoreCase) == 0);
}
