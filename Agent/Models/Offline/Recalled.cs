using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Models.Offline;

/// <summary>One message that semantic recall brought back.</summary>
sealed record Recalled
{
    [JsonPropertyName("at")] public DateTimeOffset? At { get; init; }
    [JsonPropertyName("thread")] public string? Thread { get; init; }
    [JsonPropertyName("role")] public string Role { get; init; } = "";
    [JsonPropertyName("similarity")] public double? Similarity { get; init; }
    [JsonPropertyName("text")] public string Text { get; init; } = "";

    public static IReadOnlyList<Recalled> ParseLines(string block)
    {
        var recalled = new List<Recalled>();
        foreach (var line in block.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!line.StartsWith('{'))
                continue;
            try
            {
                if (JsonSerializer.Deserialize<Recalled>(line) is { Text.Length: > 0 } one)
                    recalled.Add(one);
            }
            catch (JsonException)
            {
                // A block that was cut to its token budget may end in half a line; the rest still counts.
            }
        }
        return recalled;
    }
}
