using AppHost;

namespace Agent.Tests.Aspire;

/// <summary>What tests of real boots share: each starts AppHosts of its own, beside the one of the worker.</summary>
/// <remarks>One at a time: Aspire gives an orchestrator 20 s to answer, and several that start at once on two cores may need more.</remarks>
[Collection("AppHosts of their own")]
public abstract class AspireBootTest
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Skips the test, saying why, where this machine cannot run the AppHost.</summary>
    protected static async Task RequireAsync(DatabaseKind database)
    {
        var problems = await AspirePreflight.OfThisMachine.FindProblemsAsync(database, Token);
        Assert.SkipWhen(problems.Count > 0, string.Join(' ', problems));
    }

    /// <summary>Polls until it holds, with a bound that no machine should need.</summary>
    protected static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await holds()) await Task.Delay(100, deadline.Token);
    }
}
