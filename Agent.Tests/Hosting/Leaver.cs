using Agent.Memory;
using Agent.Tools;

namespace Agent.Tests.Hosting;

/// <summary>Leaves while it is handed a piece of text.</summary>
sealed class Leaver(CancellationTokenSource leaving) : ITurnObserver
{
    public bool IsStreaming => true;

    public ValueTask RecalledAsync(IReadOnlyList<RecalledMessage> recalled, CancellationToken cancellationToken) => default;

    public async ValueTask TextAsync(string text, CancellationToken cancellationToken)
    {
        await leaving.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public ValueTask ToolCalledAsync(string name, bool succeeded, CancellationToken cancellationToken) => default;

    public ValueTask ProfileChangedAsync(Profile profile, IReadOnlyList<ProfileChange> changes, CancellationToken cancellationToken) => default;
}
