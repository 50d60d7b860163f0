using System.Text.Json;
using Agent.Memory;
using Agent.Models.Offline;
using Microsoft.Extensions.AI;
using Profile = Agent.Memory.Profile;

namespace Agent.Tests.Models;

/// <summary>Says one message to the offline model, and tells what it stores.</summary>
static class OfflineModel
{
    static readonly AITool[] Tools = [AIFunctionFactory.CreateDeclaration("update_profile", "Stores facts.", JsonElement.Parse("{}"), null)];

    /// <summary>The arguments of <c>update_profile</c>; an empty object when it is not called.</summary>
    /// <param name="said">The message.</param>
    /// <param name="profile">What is known before.</param>
    /// <param name="asked">What the assistant said right before; nothing when null.</param>
    public static async Task<JsonElement> StoredAsync(string said, Profile profile, string? asked = null)
    {
        using var model = new OfflineChatClient();
        var messages = new List<ChatMessage> { new(ChatRole.System, $"<working_memory>{AgentJson.Serialize(profile)}</working_memory>") };
        if (asked is not null)
            messages.Add(new(ChatRole.Assistant, asked));
        messages.Add(new(ChatRole.User, said));
        var response = await model.GetResponseAsync(messages, new() { Tools = Tools }, TestContext.Current.CancellationToken);
        var call = response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().SingleOrDefault();
        return JsonSerializer.SerializeToElement(call?.Arguments ?? new Dictionary<string, object?>(), AgentJson.Options);
    }
}
