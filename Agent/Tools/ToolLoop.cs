using System.Text;
using Agent.Memory;
using Microsoft.Extensions.AI;

namespace Agent.Tools;

/// <summary>Follows a turn as it happens; an exception thrown here ends the turn.</summary>
public interface ITurnObserver
{
    /// <summary>Whether the person sees each piece when it comes. If not, an aborted turn has shown nothing.</summary>
    bool IsStreaming { get; }

    ValueTask RecalledAsync(IReadOnlyList<RecalledMessage> recalled, CancellationToken cancellationToken);

    /// <summary>A piece of the reply.</summary>
    ValueTask TextAsync(string text, CancellationToken cancellationToken);

    ValueTask ToolCalledAsync(string name, bool succeeded, CancellationToken cancellationToken);

    ValueTask ProfileChangedAsync(Profile profile, IReadOnlyList<ProfileChange> changes, CancellationToken cancellationToken);
}

/// <summary>Lets the model answer, running the tools that it calls, within limits of steps and of time.</summary>
public sealed class ToolLoop(IChatClient chat, int maxSteps)
{
    readonly StringBuilder text = new();

    /// <summary>The reply as far as the observer was handed it.</summary>
    public string Text => StoredText.Clean(text.ToString());

    public UsageDetails? Usage { get; private set; }

    public string FinishReason { get; private set; } = "stop";

    /// <summary>Runs until the model has answered.</summary>
    public async Task RunAsync(List<ChatMessage> messages, ToolRunner runner, ITurnObserver observer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(observer);
        for (var step = 1; ; step++)
        {
            // The last step is offered no tools, so that it must be an answer.
            var options = step < maxSteps ? new ChatOptions { Tools = [.. runner.Tools] } : new ChatOptions();
            var updates = new List<ChatResponseUpdate>();
            var before = text.Length;
            await foreach (var update in chat.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                updates.Add(update);
                await SayAsync(update.Text, separate: before > 0 && text.Length == before, observer, cancellationToken);
            }
            var response = updates.ToChatResponse();
            if (response.Usage is { } usage)
                (Usage ??= new()).Add(usage);
            var calls = response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Where(c => !c.InformationalOnly).ToList();
            if (calls.Count == 0 || step >= maxSteps)
            {
                await FinishAsync(response, calls.Count > 0, observer, cancellationToken);
                return;
            }
            messages.AddRange(response.Messages);
            messages.Add(await RunToolsAsync(calls, runner, observer, cancellationToken));
        }
    }

    static async Task<ChatMessage> RunToolsAsync(List<FunctionCallContent> calls, ToolRunner runner, ITurnObserver observer, CancellationToken cancellationToken)
    {
        var results = new List<AIContent>();
        foreach (var call in calls)
        {
            var (result, succeeded) = runner.Run(call);
            results.Add(result);
            await observer.ToolCalledAsync(call.Name, succeeded, cancellationToken);
        }
        return new(ChatRole.Tool, results);
    }

    async Task FinishAsync(ChatResponse response, bool outOfSteps, ITurnObserver observer, CancellationToken cancellationToken)
    {
        FinishReason = outOfSteps ? "steps" : response.FinishReason?.Value ?? "stop";
        if (string.IsNullOrWhiteSpace(Text))
        {
            await SayAsync(FinishReason switch
            {
                "content_filter" => "I cannot answer that.",
                _ => "I could not find an answer to that. Could you say it in another way?",
            }, separate: false, observer, cancellationToken);
        }
    }

    async ValueTask SayAsync(string? piece, bool separate, ITurnObserver observer, CancellationToken cancellationToken)
    {
        // Postgres stores no NUL in text.
        piece = piece?.Replace("\0", "", StringComparison.Ordinal);
        if (string.IsNullOrEmpty(piece))
            return;
        if (separate)
            piece = "\n\n" + piece;
        // First: a client may have read it, and left, before the hand-over returns.
        text.Append(piece);
        await observer.TextAsync(piece, cancellationToken);
    }
}
