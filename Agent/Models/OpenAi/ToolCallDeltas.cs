using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;

namespace Agent.Models.OpenAi;

/// <summary>
/// Puts parallel tool calls together from the pieces of a stream: the first piece of an index names the call, the others add to its arguments.
/// Some endpoints give all calls one index; then another id begins another call.
/// </summary>
sealed class ToolCallDeltas
{
    readonly List<Call> _calls = [];

    public void Add(IEnumerable<StreamingChatToolCallUpdate> updates)
    {
        foreach (var update in updates)
        {
            var call = _calls.FindLast(c => c.Index == update.Index);
            if (call is null || (!string.IsNullOrEmpty(update.ToolCallId) && !string.IsNullOrEmpty(call.Id) && update.ToolCallId != call.Id))
                _calls.Add(call = new(update.Index));
            if (update.FunctionArgumentsUpdate is { } piece && piece.ToMemory().Length > 0)
                call.Arguments.Append(piece.ToString());
            call.Id = First(call.Id, update.ToolCallId);
            call.Name = First(call.Name, update.FunctionName);
        }
    }

    static string? First(string? known, string? update) => string.IsNullOrEmpty(known) ? update : known;

    /// <summary>The calls, in order. Arguments that are not JSON come with the exception, so that the loop can tell the model.</summary>
    public IList<AIContent> Take()
    {
        var calls = _calls.OrderBy(c => c.Index).Select(c => (AIContent)FunctionCallContent.CreateFromParsedArguments(
            c.Arguments.ToString(), string.IsNullOrEmpty(c.Id) ? $"call_{c.Index}" : c.Id,
            // Whoever is to be told of it needs a name.
            string.IsNullOrEmpty(c.Name) ? "unnamed" : c.Name, Parse)).ToList();
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

    sealed class Call(int index)
    {
        public int Index => index;

        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();
    }
}
