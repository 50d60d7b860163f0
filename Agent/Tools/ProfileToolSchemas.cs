using System.Text.Json;

namespace Agent.Tools;

/// <summary>JSON Schemas of the profile tools' arguments. Nothing in them names a user: the tools act on the turn's.</summary>
static class ProfileToolSchemas
{
    public const int MaxProjects = 50;

    public static JsonElement Nothing { get; } = Parse("""{ "type": "object", "properties": {}, "additionalProperties": false }""");

    public static JsonElement UpdateProfile { get; } = Parse("""
        {
          "type": "object",
          "properties": {
            "name": { "type": "string", "maxLength": 200, "description": "The user's name." },
            "current_role": { "type": "string", "maxLength": 200, "description": "What they work as now." },
            "years_of_experience": { "type": "number", "minimum": 0, "maximum": 80 },
            "skills": { "type": "array", "maxItems": 50, "items": { "type": "string", "maxLength": 100 }, "description": "Skills to add." },
            "remove_skills": { "type": "array", "maxItems": 50, "items": { "type": "string", "maxLength": 100 }, "description": "Skills the user takes back." },
            "goals": { "type": "array", "maxItems": 20, "items": { "type": "string", "maxLength": 300 }, "description": "All goals; replaces the list." },
            "interest": { "type": "string", "maxLength": 300, "description": "The field they are drawn to." },
            "location": { "type": "string", "maxLength": 200 },
            "education": { "type": "string", "maxLength": 300 },
            "languages": { "type": "array", "maxItems": 20, "items": { "type": "string", "maxLength": 60 }, "description": "Languages they speak." },
            "note": { "type": "string", "maxLength": 4000, "description": "Markdown for what fits no field; replaces the note." }
          },
          "additionalProperties": false
        }
        """);

    public static JsonElement AddProject { get; } = Parse("""
        {
          "type": "object",
          "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 200 },
            "description": { "type": "string", "maxLength": 2000 },
            "technologies": { "type": "array", "maxItems": 50, "items": { "type": "string", "maxLength": 100 } },
            "role": { "type": "string", "maxLength": 200, "description": "The user's part in it." }
          },
          "required": ["name"],
          "additionalProperties": false
        }
        """);

    static JsonElement Parse(string json) => JsonElement.Parse(json);
}
