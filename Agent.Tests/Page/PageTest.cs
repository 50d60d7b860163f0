using Agent.Tests.Hosting;
using Microsoft.Playwright;

namespace Agent.Tests.Page;

/// <summary>Base of tests of the chat page: opens it in Chromium, against a served agent, on the test's own schema.</summary>
public abstract class PageTest(AgentDatabases databases, AgentHosts hosts, Browser browser) : AgentTest(databases, hosts)
{
    readonly List<IBrowserContext> contexts = [];
    readonly List<string> requested = [];
    readonly List<string> complaints = [];

    /// <summary>Addresses that the page asked for.</summary>
    protected IReadOnlyList<string> Requested => requested;

    /// <summary>Errors of the page's console, violations of the content security policy among them, and uncaught exceptions.</summary>
    protected IReadOnlyList<string> Complaints => complaints;

    protected async Task<IPage> OpenAsync(int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light, bool touch = false)
    {
        var address = Hosts.Served;
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = address.ToString(),
            ColorScheme = scheme,
            HasTouch = touch,
            Locale = "en-GB",
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new() { Width = width, Height = height },
            ExtraHTTPHeaders = new Dictionary<string, string> { [AgentHost.LeaseHeader] = Db.SchemaName },
        });
        contexts.Add(context);
        context.SetDefaultTimeout(60_000);
        Assertions.SetDefaultExpectTimeout(60_000);
        var page = await context.NewPageAsync();
        page.Request += (_, request) => { lock (requested) requested.Add(request.Url); };
        page.Console += (_, message) => { if (message.Type == "error") lock (complaints) complaints.Add(message.Text); };
        page.PageError += (_, error) => { lock (complaints) complaints.Add(error); };
        await page.GotoAsync("/");
        return page;
    }

    /// <summary>Signs up through the form.</summary>
    protected static async Task SignUpAsync(IPage page, string email = "ada@example.org")
    {
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByRole(AriaRole.Button, new() { Name = "Start talking" }).ClickAsync();
        await page.GetByLabel("Your message").WaitForAsync();
    }

    /// <summary>Says something and waits until the answer is complete.</summary>
    protected static async Task SayAsync(IPage page, string text)
    {
        var answers = page.Locator(".message.assistant:not(.waiting)");
        var before = await answers.CountAsync();
        await page.GetByLabel("Your message").FillAsync(text);
        await page.GetByLabel("Your message").PressAsync("Enter");
        await Assertions.Expect(answers).ToHaveCountAsync(before + 1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).WaitForAsync();
    }

    /// <summary>Keeps a picture when <c>PAGE_PICTURES</c> names a folder: to look at the page as people see it.</summary>
    protected static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PAGE_PICTURES") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var context in contexts)
            await context.DisposeAsync();
        await base.DisposeAsync();
    }
}
