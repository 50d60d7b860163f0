using Agent.Memory;

namespace Agent.Tools;

/// <summary>For callers that only want the answer.</summary>
sealed class SilentObserver : ITurnObserver
{
    public static SilentObserver Instance { get; } = new();

    public bool IsStreaming => false;

    public ValueTask RecalledAsync(IReadOnlyList<RecalledMessage> recalled, CancellationToken cancellationToken) => default;

    public ValueTask TextAsync(string text, CancellationToken cancellationToken) => default;

    public ValueTask ToolCalledAsync(string name, bool succeeded, CancellationToken cancellationToken) => default;

    public ValueTask ProfileChangedAsync(Profile profile, IReadOnlyList<ProfileChange> changes, CancellationToken cancellationToken) => default;
}

/// <summary>The client closed the connection while the reply was being sent.</summary>
public sealed class ClientGoneException(Exception innerException) : Exception("The client has left.", innerException);
