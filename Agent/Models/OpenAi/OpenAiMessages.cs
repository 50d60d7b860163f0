using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using Sdk = OpenAI.Chat;

namespace Agent.Models.OpenAi;

/// <summary>Translates a request into the SDK's types.</summary>
static class OpenAiMessages
{
    // Every blank is a token that somebody pays.
    static readonly JsonSerializerOptions Compact = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };

    public static IEnumerable<Sdk.ChatMessage> Of(IEnumerable<ChatMessage> messages) => messages.SelectMany(Of);

    static IEnumerable<Sdk.ChatMessage> Of(ChatMessage message)
    {
        if (message.Role == ChatRole.Tool)
            return message.Contents.OfType<FunctionResultContent>().Select(r => new ToolChatMessage(r.CallId, TextOf(r)));
        if (message.Role == ChatRole.System)
            return [new SystemChatMessage(message.Text)];
        if (message.Role != ChatRole.Assistant)
            return [new UserChatMessage(message.Text)];
        var calls = message.Contents.OfType<FunctionCallContent>()
            .Select(c => ChatToolCall.CreateFunctionToolCall(c.CallId, c.Name, BinaryData.FromString(JsonSerializer.Serialize(c.Arguments ?? new Dictionary<string, object?>(), Compact))))
            .ToList();
        if (calls.Count == 0)
            return [new AssistantChatMessage(message.Text)];
        var assistant = new AssistantChatMessage(calls);
        if (message.Text.Length > 0)
            assistant.Content.Add(ChatMessageContentPart.CreateTextPart(message.Text));
        return [assistant];
    }

    public static ChatCompletionOptions OptionsOf(ChatOptions? options, OpenAiOptions defaults)
    {
        var request = new ChatCompletionOptions
        {
            MaxOutputTokenCount = options?.MaxOutputTokens ?? defaults.MaxOutputTokens,
            Temperature = options?.Temperature,
            TopP = options?.TopP,
        };
        foreach (var stop in options?.StopSequences ?? [])
            request.StopSequences.Add(stop);
        foreach (var tool in options?.Tools?.OfType<AIFunctionDeclaration>() ?? [])
            request.Tools.Add(ChatTool.CreateFunctionTool(tool.Name, tool.Description, BinaryData.FromString(tool.JsonSchema.GetRawText())));
        if (request.Tools.Count == 0)
            return request;
        request.AllowParallelToolCalls = options!.AllowMultipleToolCalls;
        request.ToolChoice = options.ToolMode switch
        {
            NoneChatToolMode => ChatToolChoice.CreateNoneChoice(),
            RequiredChatToolMode { RequiredFunctionName: { } name } => ChatToolChoice.CreateFunctionChoice(name),
            RequiredChatToolMode => ChatToolChoice.CreateRequiredChoice(),
            _ => null,
        };
        return request;
    }

    static string TextOf(FunctionResultContent result) => result.Result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString()!,
        JsonElement json => json.GetRawText(),
        var other => JsonSerializer.Serialize(other, Compact),
    };
}
