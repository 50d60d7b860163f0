using Agent.Database;
using Microsoft.Extensions.Configuration;

namespace Agent.Tests.Configuration;

public class SettingsCheckTests
{
    static void Check(string name, string value)
        => SettingsCheck.Check(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [name] = value }).Build());

    [Theory]
    [InlineData("Agent:Limits:RequestsPerMinute", "0")]
    [InlineData("Agent:Limits:SignUpsPerMinute", "-1")]
    [InlineData("Agent:Limits:ConcurrentTurns", "0")]
    [InlineData("Agent:Limits:ConcurrentTurns", "2000000000")]
    [InlineData("Agent:Limits:ThreadWaitSeconds", "-1")]
    [InlineData("Agent:Limits:ThreadWaitSeconds", "0")]
    [InlineData("Agent:Limits:TurnSeconds", "NaN")]
    [InlineData("Agent:Limits:TurnSeconds", "99999999")]
    [InlineData("Agent:Limits:TurnSeconds", "")]
    [InlineData("Agent:Limits:BodyBytes", "abc")]
    [InlineData("Agent:Limits:BodyBytes", "-1")]
    [InlineData("Agent:Limits:ToolSteps", "0")]
    [InlineData("Agent:Memory:HistoryMessages", "-5")]
    [InlineData("Agent:Memory:EmbeddingSeconds", "-1")]
    [InlineData("Agent:Memory:Scope", "Everything")]
    [InlineData("Agent:Memory:Scope", "7")]
    [InlineData("Agent:Memory:Threshold", "abc")]
    [InlineData("Agent:Memory:Threshold", "2")]
    [InlineData("Agent:Memory:CacheEmbeddings", "sometimes")]
    [InlineData("Agent:MigrateAtStart", "maybe")]
    [InlineData("OpenAI:Endpoint", "nonsense")]
    [InlineData("OpenAI:Endpoint", "ftp://example.org/v1")]
    [InlineData("OpenAI:ChatModel", "")]
    [InlineData("OpenAI:EmbeddingModel", " ")]
    [InlineData("OpenAI:TimeoutSeconds", "NaN")]
    [InlineData("OpenAI:TimeoutSeconds", "-5")]
    [InlineData("OpenAI:Dimensions", "abc")]
    [InlineData("OpenAI:ApiKey", "sk-schlüssel")]
    [InlineData("OPENAI_API_KEY", "sk-two words")]
    [InlineData("Database:MaxPoolSize", "0")]
    [InlineData("Database:Partitions", "abc")]
    [InlineData("Logging:LogLevel:Default", "Foo")]
    [InlineData("Logging:LogLevel:Microsoft.AspNetCore", "Loud")]
    [InlineData("Logging:Console:LogLevel:Default", "Foo")]
    public void A_setting_that_makes_no_sense_is_named(string name, string value)
    {
        var error = Assert.Throws<DatabaseConfigurationException>(() => Check(name, value));
        Assert.Contains($"The setting {name} is", error.Message);
        if (name.Contains("KEY", StringComparison.OrdinalIgnoreCase))
            Assert.DoesNotContain(value, error.Message);
    }

    [Theory]
    [InlineData("Agent:Limits:TurnSeconds", "0.5")]
    [InlineData("Agent:Memory:TopK", "0")]
    [InlineData("Agent:Memory:Scope", "thread")]
    [InlineData("Agent:Memory:Threshold", "")]
    [InlineData("Agent:Memory:Threshold", "-0.5")]
    [InlineData("Agent:MigrateAtStart", "True")]
    [InlineData("OpenAI:Endpoint", "")]
    [InlineData("OpenAI:Endpoint", "http://localhost:11434/v1")]
    [InlineData("OpenAI:ApiKey", " sk-1234 ")]
    [InlineData("Database:Partitions", "16")]
    [InlineData("Logging:LogLevel:Default", "debug")]
    [InlineData("Logging:LogLevel:Default", "")]
    [InlineData("Logging:Console:LogLevel:Default", "None")]
    [InlineData("Logging:Console:FormatterName", "json")]
    public void What_makes_sense_is_taken(string name, string value) => Check(name, value);
}
