using System.Text.Json.Serialization;

namespace Agent.Memory;

/// <summary>Working memory: what is known of a person. Its JSON is what the model, the page and the API see.</summary>
public sealed record Profile
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

    /// <summary>Free Markdown: what fits no field.</summary>
    [JsonPropertyName("note")] public string? Note { get; init; }
    [JsonPropertyName("projects")] public IReadOnlyList<Project> Projects { get; init; } = [];
    [JsonPropertyName("onboarding_completed")] public bool OnboardingCompleted { get; init; }
}

/// <summary>Something that the person built.</summary>
public sealed record Project
{
    [JsonPropertyName("name")] public required string Name { get; init; }
    [JsonPropertyName("description")] public string? Description { get; init; }
    [JsonPropertyName("technologies")] public IReadOnlyList<string> Technologies { get; init; } = [];
    [JsonPropertyName("role")] public string? Role { get; init; }
}
