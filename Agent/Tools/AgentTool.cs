using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Agent.Tools;

/// <summary>A tool as the model sees it, and what it does. It is made for one turn, so it can act on no other user than the turn's.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">When to call it.</param>
/// <param name="schema">JSON Schema of its arguments.</param>
/// <param name="run">What it does with valid arguments; the result is serialized for the model.</param>
public sealed class AgentTool(string name, string description, JsonElement schema, Func<JsonElement, object> run) : AIFunctionDeclaration
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override string Description => description;

    /// <inheritdoc/>
    public override JsonElement JsonSchema => schema;

    /// <summary>Validates the arguments, then runs.</summary>
    /// <exception cref="ToolException">The arguments do not fit the schema, or the tool refuses.</exception>
    public object Invoke(JsonElement arguments)
    {
        var errors = JsonSchemaValidator.Validate(arguments, schema);
        return errors.Count == 0 ? run(arguments) : throw new ToolException($"Invalid arguments of {name}: {string.Join("; ", errors.Take(10))}.");
    }
}
