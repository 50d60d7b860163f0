using Agent.Tests.Page;
using Microsoft.Playwright;
using Postgres.Testing;

[assembly: AssemblyFixture(typeof(Browser))]

namespace Agent.Tests.Page;

/// <summary>The machine's own Chromium, one process for all page tests. Playwright's driver comes with its package; no browser is downloaded.</summary>
public sealed class Browser : IAsyncDisposable
{
    readonly Lazy<Task<(IPlaywright Playwright, IBrowser Browser)>> started = new(StartAsync);

    /// <summary>Path of the executable: <c>CHROMIUM</c> when set, else the first one on the machine.</summary>
    public static string? Executable { get; } = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } given && File.Exists(given)
        ? given : PostgresSetup.FindChromium();

    /// <summary>A fresh profile of the browser; skips the test when there is none.</summary>
    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions options)
    {
        Assert.SkipWhen(Executable is null, "No Chromium here. To run the page tests: `dotnet dev.cs doctor` says how to get one (or set CHROMIUM to its path).");
        return await (await started.Value).Browser.NewContextAsync(options);
    }

    static async Task<(IPlaywright Playwright, IBrowser Browser)> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Executable,
            Headless = true,
            // Containers run tests as root and have a small /dev/shm.
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
        });
        return (playwright, browser);
    }

    public async ValueTask DisposeAsync()
    {
        if (!started.IsValueCreated)
            return;
        var (playwright, browser) = await started.Value;
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
