using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Agent.Memory;

/// <summary>How the agent writes JSON: for the database, for the model and for the wire.</summary>
public static class AgentJson
{
    /// <summary>camelCase; every script is readable, but <c>&lt;</c> and <c>&gt;</c> are escaped, so that no text can close a block of the prompt.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Deserialize<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)
        ?? throw new JsonException($"Stored JSON of {typeof(T).Name} is null.");
}
