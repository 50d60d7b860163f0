using Microsoft.Playwright;
using Postgres.Testing;
using static Microsoft.Playwright.Assertions;

namespace Agent.Tests.Page;

/// <summary>The page of the run report, as it is opened from disk.</summary>
public sealed class ReportPageTests(Browser browser) : IAsyncDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("report pägé ").FullName;
    readonly List<string> requested = [];
    readonly List<string> complaints = [];
    IBrowserContext? context;

    [Fact]
    public async Task It_is_sorted_filtered_and_unfolded_by_keyboard()
    {
        var page = await OpenAsync();
        var rows = page.Locator("#rows tr");
        await Expect(rows.First).ToContainTextAsync("failed"); // what failed comes first
        for (var i = 0; i < 5 && await FocusAsync(page) != "filter"; i++) await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("number 7 ");
        await Expect(rows).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Tab"); // outcomes
        await page.Keyboard.PressAsync("Tab"); // the column of outcomes
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("total", await FocusAsync(page));
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("th[aria-sort=descending]")).ToHaveTextAsync("total");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("th[aria-sort=ascending]")).ToHaveTextAsync("total");
        Assert.Equal("total", await FocusAsync(page)); // sorting leaves the focus where it is
        Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        for (var i = 0; i < 10 && !(await FocusAsync(page)).Contains("number 7", StringComparison.Ordinal); i++) await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("tr.more")).ToContainTextAsync("The database was kept");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("tr.more")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_phone_shows_it_without_sideways_scrolling()
    {
        var page = await OpenAsync(width: 360, height: 640);
        await page.GetByRole(AriaRole.Button, new() { Name = "number 7 " }).First.ClickAsync();
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 360);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task It_can_be_read_in_light_and_dark_and_asks_for_nothing(ColorScheme scheme)
    {
        var page = await OpenAsync(scheme: scheme);
        await page.GetByRole(AriaRole.Button, new() { Name = "number 7 " }).First.ClickAsync();
        Assert.Empty(await Contrast.TooLowAsync(page));
        var background = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Light ? "rgb(255, 255, 255)" : "rgb(13, 17, 23)", background);
        Assert.StartsWith("file:", Assert.Single(requested), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    static Task<string> FocusAsync(IPage page) => page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.textContent.trim()");

    async Task<IPage> OpenAsync(int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light)
    {
        var noon = new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
        string[] outcomes = ["passed", "passed", "skipped", "failed", "unknown"];
        var tests = Enumerable.Range(0, 60).Select(number => new TestRecord
        {
            Test = $"Some.Long.Namespace.WithoutAnyPlaceToBreakTheLine.Tests.Test_number {number} <b>&\"'",
            Class = "Some.Long.Namespace.WithoutAnyPlaceToBreakTheLine.Tests",
            Outcome = outcomes[number % outcomes.Length],
            Process = 1 + number % 2,
            Worker = number % 4,
            Start = noon.AddMilliseconds(10 * number),
            LeaseWaitMs = 1,
            BodyMs = number,
            ResetMs = 2,
            RowsWritten = new Dictionary<string, long> { ["notes"] = number },
            Failures = number % 5 == 3 ? ["Assert.Fail(): on purpose"] : [],
            Forensics = "The database was kept: psql \"host=/dev/shm/pgt-0123456789 dbname=postgres\" " + new string('x', 300),
            Findings = number % 7 == 0 ? ["left a session idle in transaction"] : [],
        });
        var report = new RunReport { Started = noon, Seconds = 200, Tests = [.. tests], Workers = [new() { Worker = "Tests", Process = 1, Server = "PostgreSQL 15.20, pgvector 0.8.0" }] };
        RunReportFiles.Write(report with { History = [report.Totals with { Seconds = 100 }] }, folder, 25);
        context = await browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, ReducedMotion = ReducedMotion.Reduce });
        context.SetDefaultTimeout(60_000);
        SetDefaultExpectTimeout(60_000);
        var page = await context.NewPageAsync();
        page.Request += (_, request) => { lock (requested) requested.Add(request.Url); };
        page.Console += (_, message) => { if (message.Type == "error") lock (complaints) complaints.Add(message.Text); };
        page.PageError += (_, error) => { lock (complaints) complaints.Add(error); };
        await page.GotoAsync(new Uri(Path.Combine(folder, "report.html")).AbsoluteUri);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (context is not null) await context.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
