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
public sealed partial class ContentLog(AgentOptions options, ILogger<ContentLog> logger, IConfiguration? configuration = null)
{
    const string Hidden = "[key]";

    /// <summary>Shorter ones are words, such as "ollama", that a local endpoint takes for a key.</summary>
    const int LeastKey = 12;

    // As it is, and as it stands in the JSON that the model is given.
    readonly string[] configured = [.. ((string?[])[configuration?["OpenAI:ApiKey"], configuration?["OPENAI_API_KEY"]])
        .Select(key => key?.Trim()).OfType<string>().Where(key => key.Length >= LeastKey).SelectMany(key => (string[])[key, AgentJson.Serialize(key)[1..^1]])];

    /// <summary>Records one answer of the model on the current span and in the log; nothing when it is not switched on.</summary>
    public void Write(Guid threadId, IReadOnlyList<ChatMessage> given, string answer)
    {
        if (!options.LogContent)
            return;
        ArgumentNullException.ThrowIfNull(given);
        var input = WithoutKeys(JsonSerializer.Serialize(given.Select(m => new { role = m.Role.Value, content = WithoutConfigured(m.Text) }), AgentJson.Options));
        var output = WithoutKeys(WithoutConfigured(answer));
        Activity.Current?.SetTag("gen_ai.input.messages", input).SetTag("gen_ai.output.messages", output);
        LogContent(threadId, input, output);
    }

    internal static string WithoutKeys(string text) => Key().Replace(text, "${before}" + Hidden);

    string WithoutConfigured(string text) => configured.Aggregate(text, (rest, key) => rest.Replace(key, Hidden, StringComparison.Ordinal));

    // In JSON, and in JSON within it, what stands before a key may be an escape that ends with a letter or a digit.
    const string Start = @"(?:\b|(?<=\\(?:u[0-9a-f]{4}|[bfnrt])))";

    // Blanks, and quotes, as they are and as JSON escapes them.
    const string Blanks = @"(?>(?:\s|\\+[nrt])*)";
    const string Quote = @"(?>(?:\\*[""'`]|\\+u00(?:22|27|60))?)";

    // The agent's own keys, those of model providers and of others, and web tokens.
    const string Known = Start + @"(?:ak_[a-z2-9]{12}_[\w-]{8,}|(?:sk|pk|rk|gsk|ghp|gho|github_pat|xai|hf)[-_][\w-]{8,}|AIza[\w-]{20,}"
        + @"|(?-i:AKIA|ASIA)(?-i:[0-9A-Z]{12,})|xox[a-z]-[\w-]{8,}|glpat-[\w-]{8,}|npm_[a-z0-9]{30,}|(?-i:eyJ)[\w-]{8,}(?:\.[\w-]+)*|[0-9a-f]{32,})";

    // Whatever an Authorization header carries, and the word after the name of a secret.
    const string Said = "(?<before>" + Start + @"bearer(?>(?:\s|\\+[nrt])+))(?:[\w.~+/=-]|\\+u002b){8,}"
        + "|(?<before>(?:(?:api|access)[_ -]?key|token|secret|password)" + Quote + Blanks + "[:=]" + Blanks + Quote + @")(?:[^\s\\""'`]|\\+u00(?:2b|26|3c|3e))+";

    // Each begins at something fixed, and what follows is read once: a long text takes no longer than its length.
    [GeneratedRegex(Known + "|" + Said, RegexOptions.IgnoreCase)]
    private static partial Regex Key();

    [LoggerMessage(Level = LogLevel.Information, Message = "Thread {ThreadId}: the model was given {Input} and answered {Output}")]
    partial void LogContent(Guid threadId, string input, string output);
}
