using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Agent.Memory;
using Microsoft.Extensions.AI;

namespace Agent;

/// <summary>
/// What was said to the model and what it said, in logs and traces, for those who switch it on (<c>Agent:LogContent</c>). Off by default, since
/// it is what people confide. Keys never pass, not even when somebody pasted one into a message.
/// </summary>
public sealed partial class ContentLog(AgentOptions options, ILogger<ContentLog> logger)
{
    const string Hidden = "[key]";

    /// <summary>Records one answer of the model on the current span and in the log; nothing when it is not switched on.</summary>
    public void Write(Guid threadId, IReadOnlyList<ChatMessage> given, string answer)
    {
        if (!options.LogContent)
            return;
        ArgumentNullException.ThrowIfNull(given);
        var input = WithoutKeys(JsonSerializer.Serialize(given.Select(m => new { role = m.Role.Value, content = m.Text }), AgentJson.Options));
        var output = WithoutKeys(answer);
        Activity.Current?.SetTag("gen_ai.input.messages", input).SetTag("gen_ai.output.messages", output);
        LogContent(threadId, input, output);
    }

    internal static string WithoutKeys(string text) => Key().Replace(text, Hidden);

    // In JSON, and in JSON within it, what stands before a key may be an escape that ends with a letter or a digit.
    const string Start = @"(?:\b|(?<=\\(?:u[0-9a-f]{4}|[bfnrt])))";

    // The agent's own keys, those of model providers, and whatever an Authorization header carries.
    [GeneratedRegex(Start + @"(ak_[a-z2-9]{12}_[\w-]{8,}|(sk|pk|rk|gsk|ghp|gho|github_pat|xai|hf)[-_][\w-]{8,}|AIza[\w-]{20,})|(?<=" + Start + @"bearer(\s|\\+[nrt])+)([\w.~+/=-]|\\+u002b){8,}", RegexOptions.IgnoreCase)]
    private static partial Regex Key();

    [LoggerMessage(Level = LogLevel.Information, Message = "Thread {ThreadId}: the model was given {Input} and answered {Output}")]
    partial void LogContent(Guid threadId, string input, string output);
}
