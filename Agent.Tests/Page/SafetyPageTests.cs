using Agent.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Agent.Tests.Page;

public class SafetyPageTests(AgentDatabases databases, AgentHosts hosts, Browser browser) : PageTest(databases, hosts, browser)
{
    public static TheoryData<string> Scripts =>
    [
        "<script>window.hacked=1</script>",
        "<img src=x onerror=\"window.hacked=1\">",
        "<svg onload=window.hacked=1>",
        "\"><iframe srcdoc=\"<script>parent.hacked=1</script>\">",
        "javascript:window.hacked=1",
        "</dd></dl><button onclick=window.hacked=1 autofocus onfocus=window.hacked=1>x</button>",
        "{{constructor.constructor('window.hacked=1')()}}",
    ];

    [Theory, MemberData(nameof(Scripts))]
    public async Task Stored_markup_is_shown_as_text_and_never_runs(string script)
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await SayAsync(page, $"My skills are welding and {script}");
        await SayAsync(page, $"I built an app called {script} and I live in {script}");
        await page.ReloadAsync();
        await Expect(page.Locator(".message.user").First).ToContainTextAsync(script);
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "New thread" }).ClickAsync();
        await SayAsync(page, "what are my skills?");
        Assert.True(await page.EvaluateAsync<bool>("window.hacked === undefined"), "the script ran");
        Assert.Equal(0, await page.Locator("#messages img, #messages script, #messages svg, #messages iframe, #messages button, .side img, .side iframe, .threads img").CountAsync());
        Assert.Empty(Complaints);
    }

    [Fact]
    public async Task Nothing_is_asked_of_anybody_else_and_the_policy_is_never_broken()
    {
        var page = await OpenAsync();
        await SignUpAsync(page);
        await SayAsync(page, "I'm Ada, see http://example.com/picture.png and <img src=https://example.com/x.png>");
        await page.GetByText("Why does it think that?").ClickAsync();
        await page.GetByText("New thread").ClickAsync();
        await SayAsync(page, "what did I tell you?");
        Assert.NotEmpty(Requested);
        Assert.All(Requested, url => Assert.StartsWith(Hosts.Served.ToString(), url));
        Assert.Empty(Complaints);
    }

    [Fact]
    public async Task The_policy_stops_a_script_that_got_into_the_page_all_the_same()
    {
        var page = await OpenAsync();
        await page.EvaluateAsync("""
            () => { const s = document.createElement("script"); s.textContent = "window.hacked = 1"; document.body.append(s); }
            """);
        Assert.True(await page.EvaluateAsync<bool>("window.hacked === undefined"));
        Assert.Contains(Complaints, c => c.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase));
    }
}
