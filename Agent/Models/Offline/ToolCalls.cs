using Agent.Models.Offline.Facts;
using Microsoft.Extensions.AI;

namespace Agent.Models.Offline;

/// <summary>Which tools the next step of the turn calls: the facts first, then onboarding once everything for it is known.</summary>
static class ToolCalls
{
    public static IReadOnlyList<FunctionCallContent> Next(OfflineTurn turn, FactSheet facts, ChatOptions? options)
    {
        var offered = options?.Tools?.Select(t => t.Name).ToHashSet(StringComparer.Ordinal) ?? [];
        var calls = new List<FunctionCallContent>();
        if (turn.Calls.Count == 0)
        {
            if (facts.ToArguments() is { Count: > 0 } arguments)
                Add("update_profile", arguments);
            foreach (var project in facts.Projects)
                Add("add_project", FactSheet.ToArguments(project));
        }
        if (calls.Count == 0 && turn.Profile is { IsComplete: true, OnboardingCompleted: false }
            && turn.Calls.All(c => c.Name != "complete_onboarding"))
            Add("complete_onboarding", []);
        return calls;

        void Add(string tool, Dictionary<string, object?> arguments)
        {
            if (offered.Contains(tool))
                calls.Add(new FunctionCallContent(Ids.OfCall(turn, tool, calls.Count), tool, arguments));
        }
    }
}
