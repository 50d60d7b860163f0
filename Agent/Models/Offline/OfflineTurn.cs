using System.Text.Json;
using Agent.Memory;
using Agent.Models.Offline.Text;
using Microsoft.Extensions.AI;

namespace Agent.Models.Offline;

/// <summary>What the messages of a request say: whose turn it is, what is known, and what this turn has already done.</summary>
sealed class OfflineTurn
{
    /// <summary>The newest message of the user, without long runs of the same signs; empty when there is none.</summary>
    public string UserText { get; private init; } = "";

    /// <summary><see cref="UserText"/>, read.</summary>
    public Utterance Utterance => field ??= Utterance.Read(UserText);

    /// <summary>What the assistant said right before, to understand short answers to its questions.</summary>
    public string LastReply { get; private init; } = "";

    /// <summary>Earlier messages of the user in this thread, oldest first.</summary>
    public IReadOnlyList<string> Earlier { get; private init; } = [];

    public IReadOnlyList<Recalled> Recalled { get; private init; } = [];

    /// <summary>The profile as of the newest tool result, else as of the working memory.</summary>
    public Profile Profile { get; private init; } = new();

    /// <summary>Tool calls of this turn that are already answered, in order.</summary>
    public IReadOnlyList<FunctionCallContent> Calls { get; private init; } = [];

    /// <summary>Errors that tools of this turn answered with.</summary>
    public IReadOnlyList<string> Errors { get; private init; } = [];

    public static OfflineTurn Read(IReadOnlyList<ChatMessage> messages)
    {
        var last = -1;
        for (var i = 0; i < messages.Count; i++)
            if (messages[i].Role == ChatRole.User)
                last = i;
        var system = messages.Where(m => m.Role == ChatRole.System).Select(m => m.Text).ToList();
        var profile = system.Select(s => Block(s, "working_memory")).OfType<string>().Select(ProfileReading.TryParse).LastOrDefault(p => p is not null);
        var errors = new List<string>();
        foreach (var result in messages.Skip(last + 1).SelectMany(m => m.Contents).OfType<FunctionResultContent>())
        {
            var json = Json(result.Result);
            if (ProfileReading.TryParse(json) is { } newer)
                profile = newer;
            else if (ErrorOf(json) is { } error)
                errors.Add(error);
        }
        return new OfflineTurn
        {
            UserText = last < 0 ? "" : Runs.Shorten(messages[last].Text),
            LastReply = messages.Take(Math.Max(last, 0)).LastOrDefault(m => m.Role == ChatRole.Assistant)?.Text ?? "",
            Earlier = [.. messages.Take(Math.Max(last, 0)).Where(m => m.Role == ChatRole.User).Select(m => m.Text)],
            Recalled = [.. system.Select(s => Block(s, "recalled_messages")).OfType<string>().SelectMany(Offline.Recalled.ParseLines)],
            Profile = profile ?? new Profile(),
            Calls = [.. messages.Skip(last + 1).SelectMany(m => m.Contents).OfType<FunctionCallContent>()],
            Errors = errors,
        };
    }

    // The instructions name the tags before the blocks come; of a block itself no text can forge a tag, < is escaped in it.
    static string? Block(string text, string tag)
    {
        var start = text.LastIndexOf($"<{tag}>", StringComparison.Ordinal);
        if (start < 0)
            return null;
        start += tag.Length + 2;
        var end = text.IndexOf($"</{tag}>", start, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    static string Json(object? result) => result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        JsonElement element => element.GetRawText(),
        _ => JsonSerializer.Serialize(result, AIJsonUtilities.DefaultOptions),
    };

    static string? ErrorOf(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("error", out var error) ? error.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
