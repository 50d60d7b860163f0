using System.Text.Json;
using Agent.Memory;

namespace Agent.Models.Offline;

/// <summary>The profile as the working memory block and the tools' results carry it, and what the rules ask of it.</summary>
static class ProfileReading
{
    extension(Profile profile)
    {
        /// <summary>What onboarding asks for is there.</summary>
        public bool IsComplete => profile.MissingForOnboarding().Count == 0;

        /// <summary>Nothing is there yet, or only what this turn has brought.</summary>
        public bool IsUnknown => string.IsNullOrEmpty(profile.Name) && string.IsNullOrEmpty(profile.CurrentRole) && profile.Goals.Count == 0 && profile.Skills.Count == 0;
    }

    /// <summary>Null when <paramref name="json"/> is not a profile, such as a tool's error.</summary>
    public static Profile? TryParse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("profile", out var inner))
                root = inner;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("onboarding_completed", out _)
                ? root.Deserialize<Profile>(AgentJson.Options)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
