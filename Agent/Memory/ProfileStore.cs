using System.Text.Json;
using System.Text.Json.Nodes;

namespace Agent.Memory;

/// <summary>How a profile lies in the columns of <c>profiles</c>.</summary>
static class ProfileStore
{
    public static Profile Parse(string filteredData, string projects)
    {
        var json = JsonNode.Parse(filteredData)!.AsObject();
        json["projects"] = JsonNode.Parse(projects);
        return json.Deserialize<Profile>(AgentJson.Options)!;
    }

    /// <summary>The profile without its empty fields and without the projects, which have a column of their own.</summary>
    public static string FilteredData(Profile profile)
    {
        var json = JsonSerializer.SerializeToNode(profile, AgentJson.Options)!.AsObject();
        foreach (var (field, value) in json.ToList())
        {
            if (field == "projects" || value is null or JsonArray { Count: 0 } || value.GetValueKind() == JsonValueKind.False)
                json.Remove(field);
        }
        return json.ToJsonString(AgentJson.Options);
    }

    public static string Projects(Profile profile) => AgentJson.Serialize(profile.Projects);
}
