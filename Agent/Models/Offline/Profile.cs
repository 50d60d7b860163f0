using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Models.Offline;

/// <summary>The profile as the working memory block and the tools' results carry it.</summary>
sealed record Profile
{
    [JsonPropertyName("name")] public string? Name { get; init; }
    [JsonPropertyName("current_role")] public string? CurrentRole { get; init; }
    [JsonPropertyName("years_of_experience")] public double? YearsOfExperience { get; init; }
    [JsonPropertyName("skills")] public IReadOnlyList<string> Skills { get; init; } = [];
    [JsonPropertyName("goals")] public IReadOnlyList<string> Goals { get; init; } = [];
    [JsonPropertyName("interest")] public string? Interest { get; init; }
    [JsonPropertyName("location")] public string? Location { get; init; }
    [JsonPropertyName("education")] public string? Education { get; init; }
    [JsonPropertyName("languages")] public IReadOnlyList<string> Languages { get; init; } = [];
    [JsonPropertyName("note")] public string? Note { get; init; }
    [JsonPropertyName("projects")] public IReadOnlyList<Project> Projects { get; init; } = [];
    [JsonPropertyName("onboarding_completed")] public bool OnboardingCompleted { get; init; }

    /// <summary>What onboarding asks for is there.</summary>
    [JsonIgnore]
    public bool IsComplete => !string.IsNullOrEmpty(Name) && !string.IsNullOrEmpty(CurrentRole) && Goals.Count > 0;

    /// <summary>Nothing is there yet, or only what this turn has brought.</summary>
    [JsonIgnore]
    public bool IsUnknown => string.IsNullOrEmpty(Name) && string.IsNullOrEmpty(CurrentRole) && Goals.Count == 0 && Skills.Count == 0;

    /// <summary>Null when <paramref name="json"/> is not a profile, such as a tool's error.</summary>
    public static Profile? TryParse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("profile", out var inner))
                root = inner;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("onboarding_completed", out _))
                return null;
            return Clean(root.Deserialize<Profile>());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static Profile? Clean(Profile? profile) => profile is null ? null : profile with
    {
        Skills = profile.Skills ?? [],
        Goals = profile.Goals ?? [],
        Languages = profile.Languages ?? [],
        Projects = profile.Projects ?? [],
    };
}

sealed record Project
{
    [JsonPropertyName("name")] public string Name { get; init; } = "";
    [JsonPropertyName("description")] public string? Description { get; init; }
    [JsonPropertyName("technologies")] public IReadOnlyList<string>? Technologies { get; init; }
    [JsonPropertyName("role")] public string? Role { get; init; }
}
