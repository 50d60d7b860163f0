using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Memory;

namespace Agent.Tools;

/// <summary>The tools on the working memory of one turn.</summary>
public sealed class ProfileTools(WorkingMemory memory, OwnWords words)
{
    static readonly JsonSerializerOptions Arguments = new(AgentJson.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    readonly JsonObject raw = [];

    /// <summary>The accepted arguments, as the model gave them.</summary>
    public string Raw => raw.ToJsonString(AgentJson.Options);

    /// <summary>What the model may call.</summary>
    public IReadOnlyList<AgentTool> All =>
    [
        new("read_profile", "Reads what is known of the user.", ProfileToolSchemas.Nothing, _ => memory.Current),
        new("update_profile", "Stores facts that the user has just stated about themselves. A field replaces what was known; skills are added.",
            ProfileToolSchemas.UpdateProfile, Update),
        new("add_project", "Stores a project that the user has just described, or completes a known one.", ProfileToolSchemas.AddProject, AddProject),
        new("complete_onboarding", "Marks the user's introduction as complete; name, current role and a goal must be known.",
            ProfileToolSchemas.Nothing, _ => CompleteOnboarding()),
    ];

    Profile Update(JsonElement arguments)
    {
        words.Check(arguments, memory.Current);
        var update = arguments.Deserialize<ProfileUpdate>(Arguments)!;
        words.CheckRemovals(memory.Current, memory.Current.Apply(update));
        memory.Edit(profile => profile.Apply(update));
        foreach (var field in arguments.EnumerateObject())
            raw[field.Name] = JsonNode.Parse(field.Value.GetRawText());
        return memory.Current;
    }

    Profile AddProject(JsonElement arguments)
    {
        words.Check(arguments, memory.Current);
        var project = arguments.Deserialize<Project>(Arguments)!;
        project = project with { Name = project.Name.Trim() };
        if (memory.Current.Projects.Count >= ProfileToolSchemas.MaxProjects)
            throw new ToolException($"The profile holds {ProfileToolSchemas.MaxProjects} projects already, which is the most.");
        memory.Edit(profile => profile.Add(project));
        return memory.Current;
    }

    Profile CompleteOnboarding()
    {
        var missing = memory.Current.MissingForOnboarding();
        if (missing.Count > 0)
            throw new ToolException($"Onboarding cannot be completed: {string.Join(", ", missing)} still unknown. Ask the user.");
        memory.Edit(profile => profile with { OnboardingCompleted = true });
        return memory.Current;
    }
}
