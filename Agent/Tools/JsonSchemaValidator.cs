using System.Text.Json;

namespace Agent.Tools;

/// <summary>
/// Checks a model's arguments against the subset of JSON Schema that the tools are described with:
/// type, properties, required, additionalProperties, items, maxItems, minLength, maxLength, minimum, maximum.
/// </summary>
public static class JsonSchemaValidator
{
    /// <summary>All that is wrong, each with its path; empty when the value is valid.</summary>
    public static IReadOnlyList<string> Validate(JsonElement value, JsonElement schema)
    {
        var errors = new List<string>();
        Validate(value, schema, "$", errors);
        return errors;
    }

    static void Validate(JsonElement value, JsonElement schema, string path, List<string> errors)
    {
        var type = schema.TryGetProperty("type", out var t) ? t.GetString() : null;
        if (type is not null && !IsOf(type, value))
        {
            errors.Add($"{path} must be of type {type}, not {Describe(value)}");
            return;
        }
        switch (value.ValueKind)
        {
            case JsonValueKind.Object: ValidateObject(value, schema, path, errors); break;
            case JsonValueKind.Array: ValidateArray(value, schema, path, errors); break;
            case JsonValueKind.String: ValidateString(value.GetString()!, schema, path, errors); break;
            case JsonValueKind.Number: ValidateNumber(value.GetDouble(), schema, path, errors); break;
        }
    }

    static void ValidateObject(JsonElement value, JsonElement schema, string path, List<string> errors)
    {
        var properties = schema.TryGetProperty("properties", out var p) ? p : default;
        foreach (var member in value.EnumerateObject())
        {
            // Models write null for "not given".
            if (member.Value.ValueKind == JsonValueKind.Null && !IsRequired(schema, member.Name))
                continue;
            if (properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(member.Name, out var inner))
                Validate(member.Value, inner, $"{path}.{member.Name}", errors);
            else if (schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False)
                errors.Add($"{path}.{member.Name} is not known; known are {string.Join(", ", Names(properties))}");
        }
        if (!schema.TryGetProperty("required", out var required))
            return;
        foreach (var name in required.EnumerateArray().Select(r => r.GetString()!))
        {
            if (!value.TryGetProperty(name, out _))
                errors.Add($"{path}.{name} is required");
        }
    }

    static bool IsRequired(JsonElement schema, string name)
        => schema.TryGetProperty("required", out var required) && required.EnumerateArray().Any(r => r.GetString() == name);

    static void ValidateArray(JsonElement value, JsonElement schema, string path, List<string> errors)
    {
        if (Limit(schema, "maxItems") is { } max && value.GetArrayLength() > max)
            errors.Add($"{path} has {value.GetArrayLength()} items, at most {max} are allowed");
        if (!schema.TryGetProperty("items", out var items))
            return;
        var index = 0;
        foreach (var item in value.EnumerateArray())
            Validate(item, items, $"{path}[{index++}]", errors);
    }

    static void ValidateString(string value, JsonElement schema, string path, List<string> errors)
    {
        if (Limit(schema, "maxLength") is { } max && value.Length > max)
            errors.Add($"{path} has {value.Length} characters, at most {max} are allowed");
        if (Limit(schema, "minLength") is { } min && value.Trim().Length < min)
            errors.Add($"{path} is too short");
        if (!StoredText.IsValid(value))
            errors.Add($"{path} contains characters that are not text (NUL or half a character)");
    }

    static void ValidateNumber(double value, JsonElement schema, string path, List<string> errors)
    {
        if (Limit(schema, "minimum") is { } min && value < min)
            errors.Add($"{path} is {value}, the least is {min}");
        if (Limit(schema, "maximum") is { } max && value > max)
            errors.Add($"{path} is {value}, the most is {max}");
    }

    static double? Limit(JsonElement schema, string name) => schema.TryGetProperty(name, out var limit) ? limit.GetDouble() : null;

    static IEnumerable<string> Names(JsonElement properties)
        => properties.ValueKind == JsonValueKind.Object ? properties.EnumerateObject().Select(p => p.Name) : [];

    static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()),
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => throw new NotSupportedException($"The schema type '{type}' is not among those that tools are described with."),
    };

    static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
