using System.Text.Json;
using System.Text.RegularExpressions;

namespace Agent.Tests.Conversations;

/// <summary>Compares fields of a profile with what a conversation's file says.</summary>
static class Expected
{
    public static void Check(string field, JsonElement expected, JsonElement profile)
    {
        var actual = profile.GetProperty(field);
        var message = $"{field}: expected {expected}, got {actual}";
        switch (expected.ValueKind)
        {
            case JsonValueKind.Null:
                Assert.True(actual.ValueKind == JsonValueKind.Null, message);
                break;
            case JsonValueKind.Number:
                Assert.True(actual.ValueKind == JsonValueKind.Number && actual.GetDouble() == expected.GetDouble(), message);
                break;
            case JsonValueKind.Array:
                foreach (var item in expected.EnumerateArray().Select(e => e.GetString()!))
                    Assert.True(actual.EnumerateArray().Any(a => field is "skills" or "languages" ? Same(a.GetString(), item) : Contains(TextOf(a), item)), message);
                break;
            default:
                var text = expected.GetString()!;
                Assert.True(field is "interest" or "education" ? Contains(actual.GetString(), text) : Same(actual.GetString(), text), message);
                break;
        }
    }

    public static bool HasWord(JsonElement profile, string word) => Values(profile).Any(v => Regex.IsMatch(v, $@"(?<!\w){Regex.Escape(word)}(?!\w)", RegexOptions.IgnoreCase));

    static IEnumerable<string> Values(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Values(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Values),
        _ => [element.ToString()],
    };

    static string TextOf(JsonElement item) => item.ValueKind == JsonValueKind.Object ? item.GetProperty("name").GetString()! : item.ToString();

    static bool Same(string? a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    static bool Contains(string? text, string part) => text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;
}
