using Microsoft.Extensions.AI;

namespace Agent.Models.Offline;

/// <summary>An estimate of tokens (four characters each), so that budgets and meters have something to count offline.</summary>
static class Usage
{
    public static UsageDetails Of(IReadOnlyList<ChatMessage> messages, IList<AIContent> answer)
    {
        var input = messages.Sum(m => Tokens(m.Contents));
        var output = Tokens(answer);
        return new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output };
    }

    static long Tokens(IList<AIContent> contents) => contents.Sum(content => content switch
    {
        TextContent text => (text.Text.Length + 3) / 4,
        FunctionCallContent call => (call.Name.Length / 4) + (8 * (call.Arguments?.Count ?? 0)),
        _ => 0L,
    });
}
