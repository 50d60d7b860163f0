using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace Agent.Models.OpenAi;

/// <summary>Puts parallel tool calls together from the pieces of a stream: the first piece of an index names the call, the others add to its arguments.</summary>
sealed class ToolCallDeltas
{
    readonly SortedDictionary<int, (string? Id, string? Name, StringBuilder Arguments)> _calls = [];

    public void Add(IEnumerable<StreamingChatToolCallUpdate> updates)
    {
        foreach (var update in updates)
        {
            var call = _calls.TryGetValue(update.Index, out var known) ? known : (null, null, new StringBuilder());
            if (update.FunctionArgumentsUpdate is { } piece && piece.ToMemory().Length > 0)
                call.Arguments.Append(piece.ToString());
            _calls[update.Index] = (First(call.Id, update.ToolCallId), First(call.Name, update.FunctionName), call.Arguments);
        }
    }

    static string? First(string? known, string? update) => string.IsNullOrEmpty(known) ? update : known;

    /// <summary>The calls, in order. Arguments that are not JSON come with the exception, so that the loop can tell the model.</summary>
    public IList<AIContent> Take()
    {
        var calls = _calls.Select(c => (AIContent)FunctionCallContent.CreateFromParsedArguments(
            c.Value.Arguments.ToString(), string.IsNullOrEmpty(c.Value.Id) ? $"call_{c.Key}" : c.Value.Id,
            // Whoever is to be told of it needs a name.
            string.IsNullOrEmpty(c.Value.Name) ? "unnamed" : c.Value.Name, Parse)).ToList();
        _calls.Clear();
        return calls;
    }

    static IDictionary<string, object?>? Parse(string arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments))
            return new Dictionary<string, object?>();
        var parsed = JsonSerializer.Deserialize<Dictionary<string, object?>>(arguments, AIJsonUtilities.DefaultOptions);
        // Half a surrogate pair is read lazily: it would fail when the call is sent back to the model.
        JsonSerializer.Serialize(parsed, AIJsonUtilities.DefaultOptions);
        return parsed;
    }
}
