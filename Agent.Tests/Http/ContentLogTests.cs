using System.Collections.Concurrent;
using System.Diagnostics;
using Agent.Memory;
using Agent.Tests.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Agent.Tests.Http;

/// <summary>What reaches logs and traces, at the most talkative level that there is.</summary>
[Collection("listeners to all spans")]
public class ContentLogTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    /// <summary>Two turns and a search about a word; everything that was logged or traced meanwhile, and the key of the user.</summary>
    async Task<(string Written, string Key)> TalkAsync(string word, string message, Dictionary<string, string?> settings)
    {
        var written = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => written.Enqueue($"{activity.OperationName} {activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Events.SelectMany(e => e.Tags))}"),
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = AgentHosts.Make(
            services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Recorder(written))),
            new Dictionary<string, string?>(settings) { ["Logging:LogLevel:Default"] = "Trace", ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace" });
        var ada = await MakeUserAsync(password: "correct horse battery", host: host);
        var thread = await ada.Client.MakeThreadAsync();
        await ada.Client.SayAsync(thread, message.Replace("MY-KEY", ada.ApiKey, StringComparison.Ordinal));
        await ada.Client.SayAsync(thread, "What did I say?");
        (await ada.Client.GetAsync($"/api/memory/search?q={word}", Cancellation)).EnsureSuccessStatusCode();
        var all = string.Join('\n', written);
        Assert.Contains("turn", all);
        Assert.Contains("Request starting", all + (settings.ContainsKey("Agent:LogContent") ? "" : "Request starting"));
        return (all, ada.ApiKey);
    }

    [Fact]
    public async Task Neither_keys_nor_what_people_say_or_search_reach_logs_or_traces()
    {
        var (written, key) = await TalkAsync("xylophonist", "My secret word is xylophonist.", []);
        Assert.DoesNotContain("xylophonist", written);
        Assert.DoesNotContain("What did I say", written);
        Assert.DoesNotContain(key, written);
        Assert.DoesNotContain("correct horse", written);
    }

    [Fact]
    public async Task What_people_say_is_written_when_it_is_switched_on_and_keys_are_not_even_then()
    {
        var (written, key) = await TalkAsync("glockenspiel",
            "Remember that I play the glockenspiel. My key is MY-KEY, the other one is sk-proj-abcdefghijklmnop, and curl sends Authorization: Bearer abcdef.ghijkl.mnopqr",
            new() { ["Agent:LogContent"] = "true" });
        Assert.Contains("gen_ai.input.messages", written);
        Assert.Contains("I play the glockenspiel", written);
        Assert.Contains("the model was given", written);
        Assert.Contains("My key is [key]", written);
        Assert.DoesNotContain(key, written);
        Assert.DoesNotContain(key[16..], written);
        Assert.DoesNotContain("sk-proj-abc", written);
        Assert.DoesNotContain("abcdef.ghijkl", written);
        Assert.DoesNotContain("correct horse", written);
    }

    [Theory]
    [InlineData("{\"key\": \"{0}\"}")]
    [InlineData("key='{0}'")]
    [InlineData("the key is `{0}`")]
    [InlineData("my keys:\n{0}\n\t{0}\r\n{0}")]
    [InlineData("{\"log\":\"{\\\"key\\\":\\\"{0}\\\"}\"}")]
    [InlineData("""{"log":"{\\u0022key\\u0022:\\u0022{0}\\u0022,\\u0027{0}\\u0027\\n{0}"}""")]
    public void A_key_is_hidden_wherever_it_stands(string text)
    {
        foreach (var key in (string[])["sk-proj-abcdefghij", "ak_abcdefghijkl_mnopqrstu", $"AIza{new string('x', 30)}", "Bearer abcd+cd/efgh+ijkl==", "bearer\n\tabcd+ijkl"])
            Assert.DoesNotMatch("abcd|mnop|xxxx|efgh|ijkl", Written(text.Replace("{0}", key, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLE")]
    [InlineData("ASIAIOSFODNN7EXAMPLE")]
    [InlineData("xoxb-1234567890-abcdefgh")]
    [InlineData("glpat-abcdefghijklmnopqrst")]
    [InlineData("npm_abcdefghijklmnopqrstuvwxyz0123456789")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")]
    [InlineData("0123456789abcdef0123456789ABCDEF")]
    [InlineData("api_key=hunter2+more/")]
    [InlineData("OPENAI_API_KEY: 'hunter2'")]
    [InlineData("{\"apiKey\": \"hunter2\"}")]
    [InlineData("the password:\n`hunter2`")]
    [InlineData("my Token = hunter2")]
    [InlineData("client_secret=hunter2&user=ada")]
    public void Keys_of_many_kinds_are_hidden(string text)
        => Assert.DoesNotMatch("FODNN|345678|cdefgh|bGci|zdWI|bmF0|hunter|more", Written($"I use this:\n{text}"));

    [Fact]
    public void The_configured_key_is_hidden_whatever_it_looks_like()
    {
        var written = new ConcurrentQueue<string>();
        using var services = new ServiceCollection().AddSingleton(new AgentOptions { LogContent = true }).AddSingleton<ContentLog>()
            .AddLogging(builder => builder.AddProvider(new Recorder(written)))
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["OpenAI:ApiKey"] = " plain+words.of.mine " }).Build())
            .BuildServiceProvider();
        services.GetRequiredService<ContentLog>().Write(Guid.Empty, [new(ChatRole.User, "It is plain+words.of.mine!")], "plain+words.of.mine");
        Assert.DoesNotContain("words.of", string.Join('\n', written));
        Assert.Contains("It is [key]!", string.Join('\n', written));
    }

    [Theory]
    [InlineData("eyJ-")]
    [InlineData("bearer ")]
    [InlineData("token ")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("\\")]
    [InlineData("\\\"")]
    [InlineData("secret:\\")]
    public void A_long_text_takes_no_time(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 300_000 / piece.Length));
        var begun = Stopwatch.GetTimestamp();
        ContentLog.WithoutKeys(text);
        // Were it to take the square of the length, it would be minutes.
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), $"{Stopwatch.GetElapsedTime(begun)}");
    }

    [Theory]
    [InlineData("Eyjafjallajökull in Asiatischer Landschaft, npm_config_registry and 3fa85f64-5717-4562-b3fc-2c963f66afa6")]
    [InlineData("tokens: two, a secret of mine, and the password was changed")]
    [InlineData("a task-management-tool, \"desk-organizer\"\nrisk-assessment and C:\\task-list-old")]
    [InlineData("the bearer of good+news")]
    public void What_is_no_key_stays(string text) => Assert.DoesNotContain("[key]", Written(text));

    /// <summary>What is logged of a text that was said, as it is and as recall would give it.</summary>
    static string Written(string text)
    {
        var written = new ConcurrentQueue<string>();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(new Recorder(written)));
        new ContentLog(new() { LogContent = true }, logging.CreateLogger<ContentLog>())
            .Write(Guid.Empty, [new(ChatRole.User, text), new(ChatRole.System, AgentJson.Serialize(text))], text);
        return string.Join('\n', written);
    }

    sealed class Recorder(ConcurrentQueue<string> written) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            written.Enqueue($"{state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => written.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
