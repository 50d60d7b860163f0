using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Hosting;

/// <summary>A model that does what a test says: the outside world begins here, so here a double may stand.</summary>
/// <param name="answer">Called for every request with its number (from 1) and its messages.</param>
public sealed class ScriptedChat(Func<int, IReadOnlyList<ChatMessage>, IEnumerable<AIContent>> answer) : IChatClient
{
    int requests;

    /// <summary>What the model was given, request by request.</summary>
    public List<IReadOnlyList<ChatMessage>> Requests { get; } = [];

    public List<ChatOptions?> Options { get; } = [];

    /// <summary>Runs before each piece of an answer.</summary>
    public Func<AIContent, CancellationToken, Task>? BeforePiece { get; init; }

    /// <summary>A model that says the same every time.</summary>
    public static ScriptedChat Saying(string text) => new((_, _) => [new TextContent(text)]);

    /// <summary>A model that calls a tool once, then answers.</summary>
    public static ScriptedChat Calling(string tool, params (string Name, object? Value)[] arguments)
        => new((request, messages) => messages[^1].Role == ChatRole.Tool ? [new TextContent("Done.")] : [Call(tool, arguments)]);

    public static FunctionCallContent Call(string tool, params (string Name, object? Value)[] arguments)
        => new(Guid.NewGuid().ToString("N"), tool, arguments.ToDictionary(a => a.Name, a => a.Value));

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChatMessage> given = [.. messages];
        int number;
        lock (Requests)
        {
            Requests.Add(given);
            Options.Add(options);
            number = ++requests;
        }
        foreach (var content in answer(number, given))
        {
            if (BeforePiece is not null)
                await BeforePiece(content, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            yield return new(ChatRole.Assistant, [content]);
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
