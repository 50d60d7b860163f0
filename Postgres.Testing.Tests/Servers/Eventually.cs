namespace Postgres.Testing.Tests.Servers;

/// <summary>Waits for what other processes do, for as long as a slow machine may need.</summary>
static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, int seconds = 20)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(seconds); !await condition();)
        {
            Assert.True(DateTime.UtcNow < deadline, "What was waited for did not happen.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
