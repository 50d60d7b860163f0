using Agent.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Agent.Tests.Page;

public class LayoutPageTests(AgentDatabases databases, AgentHosts hosts, Browser browser) : PageTest(databases, hosts, browser)
{
    const string Ada = "I'm Ada, a backend developer with 5 years of C#, I want to move into machine learning";

    [Fact]
    public async Task Everything_can_be_done_by_keyboard()
    {
        var page = await OpenAsync();
        await Expect(page.GetByLabel("Email")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("keys@example.org");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByLabel("Your message")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("first line");
        await page.Keyboard.PressAsync("Shift+Enter");
        await page.Keyboard.TypeAsync("I'm Kim");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".message.assistant:not(.waiting)")).ToHaveCountAsync(1);
        await Expect(page.Locator(".message.user .text")).ToHaveTextAsync("first line\nI'm Kim");
        await Expect(page.GetByLabel("Your message")).ToBeFocusedAsync();
        await Expect(page.Locator("#announce")).Not.ToBeEmptyAsync();

        var reached = new HashSet<string>();
        for (var i = 0; i < 30; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.textContent.trim()"));
        }
        Assert.Superset(new HashSet<string> { "sign-out", "new-thread", "composer-text", "forget" }, reached);
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(390, 844)]
    [InlineData(768, 1024)]
    [InlineData(1280, 800)]
    public async Task Nothing_scrolls_sideways(int width, int height)
    {
        var page = await OpenAsync(width, height, touch: width < 700);
        await Expect(page.GetByLabel("Email")).ToBeFocusedAsync();
        Assert.True(await FitsAsync(page), "welcome");
        await SignUpAsync(page);
        await SayAsync(page, Ada);
        await SayAsync(page, new string('x', 400) + " https://example.org/" + new string('y', 300));
        await PictureAsync(page, $"conversation-{width}");
        Assert.True(await FitsAsync(page), "conversation");
        foreach (var view in (string[])["Profile", "Threads", "Talk"])
        {
            var button = page.GetByRole(AriaRole.Button, new() { Name = view, Exact = true });
            if (!await button.IsVisibleAsync())
                continue;
            await button.ClickAsync();
            await PictureAsync(page, $"{view}-{width}");
            Assert.True(await FitsAsync(page), view);
        }
    }

    [Fact]
    public async Task On_a_phone_the_profile_is_one_tap_away()
    {
        var page = await OpenAsync(390, 844, touch: true);
        await SignUpAsync(page);
        await SayAsync(page, Ada);
        await Expect(page.Locator("[data-field=name]")).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Profile" }).TapAsync();
        await Expect(page.Locator("[data-field=name]")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Your message")).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Text_stands_out_from_what_is_behind_it(ColorScheme scheme)
    {
        var page = await OpenAsync(scheme: scheme);
        await Expect(page.GetByLabel("Email")).ToBeFocusedAsync();
        Assert.Empty(await Contrast.TooLowAsync(page));
        await PictureAsync(page, $"welcome-{scheme}");
        await SignUpAsync(page);
        await PictureAsync(page, $"blank-{scheme}");
        Assert.Empty(await Contrast.TooLowAsync(page));
        await SayAsync(page, Ada);
        await page.GetByText("New thread").ClickAsync();
        await SayAsync(page, "what did I say I wanted to do?");
        await PictureAsync(page, $"recall-{scheme}");
        Assert.Empty(await Contrast.TooLowAsync(page));
    }

    static Task<bool> FitsAsync(IPage page) => page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth");
}
