using System.Text.Json;
using Agent.Memory;
using Microsoft.Extensions.AI;

namespace Agent.Tools;

/// <summary>Runs what the model calls. Whatever is wrong with a call goes back to the model as an error, and the turn goes on.</summary>
public sealed class ToolRunner(IReadOnlyList<AgentTool> tools)
{
    public IReadOnlyList<AgentTool> Tools => tools;

    /// <summary>The result for the model, and whether the call succeeded.</summary>
    public (FunctionResultContent Result, bool Succeeded) Run(FunctionCallContent call)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            if (call.Exception is not null)
                throw new ToolException($"The arguments of {call.Name} are not valid JSON.");
            var tool = tools.FirstOrDefault(t => t.Name == call.Name)
                ?? throw new ToolException($"There is no tool '{call.Name}'. Tools: {string.Join(", ", tools.Select(t => t.Name))}.");
            var arguments = JsonSerializer.SerializeToElement(call.Arguments ?? new Dictionary<string, object?>(), AgentJson.Options);
            return (new(call.CallId, JsonSerializer.SerializeToElement(tool.Invoke(arguments), AgentJson.Options)), true);
        }
        catch (Exception e) when (e is ToolException or JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            var message = e is ToolException ? e.Message : $"The arguments of {call.Name} could not be read.";
            return (new(call.CallId, JsonSerializer.SerializeToElement(new { error = message }, AgentJson.Options)), false);
        }
    }
}
