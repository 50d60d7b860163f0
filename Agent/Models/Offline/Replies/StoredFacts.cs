using System.Text.Json;
using Agent.Memory;
using Agent.Models.Offline.Facts;
using Microsoft.Extensions.AI;

namespace Agent.Models.Offline.Replies;

/// <summary>What this turn's tool calls stored, read back from the calls.</summary>
static class StoredFacts
{
    /// <summary>Null when the turn has called no tool that stores.</summary>
    public static FactSheet? Of(OfflineTurn turn)
    {
        if (turn.Calls.Count == 0)
            return null;
        var facts = new FactSheet();
        foreach (var call in turn.Calls)
        {
            if (call.Name == "add_project" && Text(call, "name") is { } project)
                facts.Projects.Add(new Project { Name = project });
            if (call.Name != "update_profile" || turn.Errors.Count > 0)
                continue;
            facts.Name = Text(call, "name");
            facts.CurrentRole = Text(call, "current_role");
            facts.Years = Value(call, "years_of_experience") is { ValueKind: JsonValueKind.Number } years ? years.GetDouble() : null;
            facts.Skills.AddRange(List(call, "skills") ?? []);
            facts.RemovedSkills.AddRange(List(call, "remove_skills") ?? []);
            facts.Goals = List(call, "goals");
            facts.Interest = Text(call, "interest");
            facts.Location = Text(call, "location");
            facts.Education = Text(call, "education");
            facts.Languages.AddRange(List(call, "languages") ?? []);
            facts.Note = Text(call, "note");
        }
        return facts;
    }

    static JsonElement? Value(FunctionCallContent call, string name)
        => call.Arguments?.TryGetValue(name, out var value) == true ? JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions) : null;

    static string? Text(FunctionCallContent call, string name) => Value(call, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    static List<string>? List(FunctionCallContent call, string name)
        => Value(call, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(e => e.ToString())] : null;
}
