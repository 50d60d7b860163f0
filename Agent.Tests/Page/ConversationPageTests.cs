using System.Text.RegularExpressions;
using Agent.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Agent.Tests.Page;

public class ConversationPageTests(AgentDatabases databases, AgentHosts hosts, Browser browser) : PageTest(databases, hosts, browser)
{
    const string Ada = "I'm Ada, a backend developer with 5 years of C#, I want to move into machine learning";

    [Fact]
    public async Task The_profile_fills_in_while_one_talks_and_a_second_thread_recalls()
    {
        var page = await OpenAsync();
        await Expect(page.GetByText("Offline.")).ToBeVisibleAsync();
        await SignUpAsync(page);
        await Expect(page.GetByText("Nothing yet. What you tell about yourself appears here.")).ToBeVisibleAsync();
        await SayAsync(page, Ada);
        await Expect(Field(page, "name")).ToContainTextAsync("Ada");
        await Expect(Field(page, "current_role")).ToContainTextAsync("backend developer");
        await Expect(Field(page, "years_of_experience")).ToContainTextAsync("5 years");
        await Expect(Field(page, "skills")).ToContainTextAsync("C#");
        await Expect(Field(page, "goals")).ToContainTextAsync("machine learning");

        await page.GetByRole(AriaRole.Button, new() { Name = "New thread" }).ClickAsync();
        await SayAsync(page, "what did I say I wanted to do?");
        await Expect(page.Locator(".message.assistant").Last).ToContainTextAsync("machine learning");
        await Expect(page.Locator("#recalled li").First).ToContainTextAsync("machine learning");
        await Expect(page.Locator("#recalled .near").First).ToHaveTextAsync(new Regex(@"^\d+ % near$|^said beside it$"));
        await Expect(page.Locator("[data-thread]")).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task A_reload_brings_the_conversation_back_and_signing_out_leaves_nothing()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await SayAsync(page, Ada);
        await page.ReloadAsync();
        await Expect(page.Locator(".message.user")).ToContainTextAsync("I'm Ada");
        await Expect(Field(page, "name")).ToContainTextAsync("Ada");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "A conversation that remembers" })).ToBeVisibleAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("localStorage.length"));
        Assert.DoesNotContain("Ada", await page.Locator("#messages").TextContentAsync());
    }

    [Fact]
    public async Task Signing_out_in_one_tab_keeps_who_signed_in_in_another()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync("/");
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await SignUpAsync(other, "bob@example.org");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "A conversation that remembers" })).ToBeVisibleAsync();
        await other.ReloadAsync();
        await Expect(other.Locator("#email")).ToHaveTextAsync("bob@example.org");
    }

    [Fact]
    public async Task A_title_is_cut_between_characters_and_not_within_one()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await SayAsync(page, $"{new string('x', 56)}👍 and so on");
        await Expect(page.Locator("[data-thread][aria-current]")).ToContainTextAsync($"{new string('x', 56)}👍…");
    }

    [Fact]
    public async Task Earlier_messages_are_paged_in_above()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await SayAsync(page, "message number 0");
        var thread = Guid.Parse((await page.Locator("[data-thread]").First.GetAttributeAsync("data-thread"))!);
        using var client = MakeClient(await page.EvaluateAsync<string>("localStorage.getItem('career-agent-key')"));
        for (var i = 1; i < 20; i++)
            await client.SayAsync(thread, $"message number {i}");

        await page.ReloadAsync();
        await Expect(page.Locator(".message")).ToHaveCountAsync(30);
        await page.GetByRole(AriaRole.Button, new() { Name = "Show earlier messages" }).ClickAsync();
        await Expect(page.Locator(".message")).ToHaveCountAsync(40);
        await Expect(page.Locator(".message").First).ToContainTextAsync("message number 0");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Show earlier messages" })).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_problem_is_told_and_can_be_tried_again()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await page.RouteAsync("**/messages", route => route.FulfillAsync(new()
        {
            Status = 503,
            ContentType = "application/problem+json",
            Body = """{"title":"The model is busy","detail":"Try again in a minute.","status":503}""",
        }));
        await page.GetByLabel("Your message").FillAsync("hello there");
        await page.GetByLabel("Your message").PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "The model is busy" })).ToContainTextAsync("Try again in a minute.");
        await page.UnrouteAsync("**/messages");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(page.Locator(".message.assistant:not(.waiting)")).ToHaveCountAsync(1);
        await Expect(page.Locator(".message.user")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_first_message_that_fails_or_is_stopped_leaves_its_thread_in_the_list()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await page.RouteAsync("**/messages", route => route.AbortAsync());
        await page.GetByLabel("Your message").FillAsync("hello there");
        await page.GetByLabel("Your message").PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "The agent cannot be reached" })).ToBeVisibleAsync();
        await Expect(page.Locator("[data-thread][aria-current]")).ToHaveTextAsync(new Regex("hello there"));
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Try again" })).ToBeVisibleAsync();

        await page.UnrouteAsync("**/messages");
        await page.RouteAsync("**/messages", _ => Task.CompletedTask);
        await page.GetByRole(AriaRole.Button, new() { Name = "New thread" }).ClickAsync();
        await page.GetByLabel("Your message").FillAsync("never mind");
        await page.RunAndWaitForRequestAsync(() => page.GetByLabel("Your message").PressAsync("Enter"), request => request.Url.EndsWith("/messages", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(page.Locator("[data-thread]")).ToHaveCountAsync(2);
        await Expect(page.Locator("[data-thread][aria-current]")).ToHaveTextAsync(new Regex("never mind"));
    }

    [Fact]
    public async Task A_double_click_shows_messages_and_threads_once()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await SayAsync(page, "message number 0");
        var said = page.Locator("[data-thread]").Filter(new() { HasText = "message number 0" });
        var thread = Guid.Parse((await said.GetAttributeAsync("data-thread"))!);
        using var client = MakeClient(await page.EvaluateAsync<string>("localStorage.getItem('career-agent-key')"));
        for (var i = 1; i < 20; i++)
            await client.SayAsync(thread, $"message number {i}");
        for (var i = 0; i < 34; i++)
            await client.MakeThreadAsync($"thread {i}");
        await page.ReloadAsync();
        await Expect(page.Locator("[data-thread]")).ToHaveCountAsync(30);

        await DoubleClickAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Older threads" }));
        await Expect(page.Locator("[data-thread]")).ToHaveCountAsync(35);
        await DoubleClickAsync(page, said);
        await Expect(page.Locator(".message")).ToHaveCountAsync(30);
        await DoubleClickAsync(page, page.GetByRole(AriaRole.Button, new() { Name = "Show earlier messages" }));
        await Expect(page.Locator(".message")).ToHaveCountAsync(40);
    }

    /// <summary>Clicks twice before the first answer comes, and waits until the page has had time for both.</summary>
    static async Task DoubleClickAsync(IPage page, ILocator target)
    {
        await page.RouteAsync("**/api/**", async route =>
        {
            await Task.Delay(500);
            await route.ContinueAsync();
        });
        await target.DblClickAsync();
        await Task.Delay(2000, Cancellation);
        await page.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.Wait });
    }

    [Fact]
    public async Task A_taken_email_is_said_at_the_form()
    {
        var page = await OpenAsync();
        await MakeUserAsync("taken@example.org");
        await page.GetByLabel("Email").FillAsync("taken@example.org");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start talking" }).ClickAsync();
        await Expect(page.Locator("#sign-error")).ToBeVisibleAsync();
        Assert.NotEqual("", await page.Locator("#sign-error").TextContentAsync());
    }

    static ILocator Field(IPage page, string name) => page.Locator($"[data-field={name}]");
}
