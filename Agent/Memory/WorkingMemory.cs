using System.Text.Json;
using System.Text.Json.Nodes;

namespace Agent.Memory;

/// <summary>
/// The profile during one turn. Edits are remembered as edits, so that they can be applied again to what a turn of another thread
/// has written meanwhile: nothing of either is lost.
/// </summary>
public sealed class WorkingMemory(Profile profile)
{
    readonly List<Func<Profile, Profile>> edits = [];
    Profile original = profile;

    /// <summary>The profile with all edits.</summary>
    public Profile Current { get; private set; } = profile;

    /// <summary>Whether anything differs from what was loaded.</summary>
    public bool HasChanges => Changes().Count > 0;

    /// <summary>Applies an edit; it must be a pure function, because it may run again.</summary>
    public void Edit(Func<Profile, Profile> edit)
    {
        Current = edit(Current);
        edits.Add(edit);
    }

    /// <summary>Applies the edits to a newer profile.</summary>
    public void Rebase(Profile newer)
    {
        original = newer;
        Current = edits.Aggregate(newer, (profile, edit) => edit(profile));
    }

    /// <summary>Fields that differ from what was loaded.</summary>
    public IReadOnlyList<ProfileChange> Changes()
    {
        if (edits.Count == 0)
            return [];
        var (before, after) = (ToJson(original), ToJson(Current));
        return [.. after
            .Where(field => !JsonNode.DeepEquals(before[field.Key], field.Value))
            .Select(field => new ProfileChange(field.Key, before[field.Key]?.DeepClone(), field.Value?.DeepClone()))];
    }

    static JsonObject ToJson(Profile profile) => JsonSerializer.SerializeToNode(profile, AgentJson.Options)!.AsObject();
}
