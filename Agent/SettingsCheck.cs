using System.Globalization;
using Agent.Database;

namespace Agent;

/// <summary>Looks at every setting once, before anything is made of them: what makes no sense stops the start, and is named.</summary>
static class SettingsCheck
{
    const double Day = 86_400;

    static readonly (string Key, double Least, double Most)[] Whole =
    [
        ("Agent:Limits:BodyBytes", 1, 1 << 30),
        ("Agent:Limits:MessageLength", 1, 10_000_000),
        ("Agent:Limits:ThreadsPerUser", 1, int.MaxValue),
        ("Agent:Limits:RequestsPerMinute", 1, int.MaxValue),
        ("Agent:Limits:SignUpsPerMinute", 1, int.MaxValue),
        // Eight times as many wait.
        ("Agent:Limits:ConcurrentTurns", 1, 1_000_000),
        ("Agent:Limits:ToolSteps", 1, 1000),
        ("Agent:Memory:HistoryMessages", 0, 1000),
        ("Agent:Memory:HistoryTokens", 0, int.MaxValue),
        ("Agent:Memory:TopK", 0, 1000),
        ("Agent:Memory:MessageRange", 0, 1000),
        ("Agent:Memory:EfSearch", 1, 1000),
        ("Agent:Memory:YoungVectors", 0, 10_000_000),
        ("OpenAI:Dimensions", 1, int.MaxValue),
        ("OpenAI:MaxRetries", 0, 100),
        ("OpenAI:MaxOutputTokens", 1, int.MaxValue),
        ("Database:MinPoolSize", 0, int.MaxValue),
        ("Database:MaxPoolSize", 1, int.MaxValue),
        ("Database:Partitions", 0, 1024),
    ];

    static readonly (string Key, double Least, double Most)[] Any =
    [
        ("Agent:Limits:TurnSeconds", 0.001, Day),
        ("Agent:Limits:ThreadWaitSeconds", 0.001, Day),
        ("Agent:Memory:EmbeddingSeconds", 0.001, Day),
        ("Agent:Memory:Threshold", -1, 1),
        ("OpenAI:TimeoutSeconds", 0.001, Day),
        ("OpenAI:MaxRetryDelaySeconds", 0, Day),
    ];

    static readonly string[] Switches = ["Agent:MigrateAtStart", "Agent:LogContent", "Agent:Memory:CacheEmbeddings", "OpenAI:RequestDimensions"];

    /// <summary>They mean something when they are empty: the setting is not made.</summary>
    static readonly string[] MayBeEmpty = ["Agent:Memory:Threshold", "OpenAI:MaxOutputTokens", .. Switches];

    /// <exception cref="DatabaseConfigurationException">A setting makes no sense; the message has its name, its value and what it may be.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var (key, least, most) in Whole)
            Check(configuration, key, text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= least && n <= most,
                $"a whole number, {least:0} to {most:0}");
        foreach (var (key, least, most) in Any)
            Check(configuration, key, text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && n >= least && n <= most,
                string.Create(CultureInfo.InvariantCulture, $"a number, {least} to {most}"));
        foreach (var key in Switches)
            Check(configuration, key, text => bool.TryParse(text, out _), "true or false");
        foreach (var level in LogLevels(configuration.GetSection("Logging")))
            Check(configuration, level.Path, text => text.Length == 0 || Enum.TryParse<LogLevel>(text, ignoreCase: true, out _), string.Join(", ", Enum.GetNames<LogLevel>()));
        Check(configuration, "Agent:Memory:Scope", text => Enum.GetNames<RecallScope>().Contains(text, StringComparer.OrdinalIgnoreCase), string.Join(" or ", Enum.GetNames<RecallScope>()));
        foreach (var key in (string[])["OpenAI:ChatModel", "OpenAI:EmbeddingModel"])
            Check(configuration, key, text => !string.IsNullOrWhiteSpace(text), "the name of a model");
        if (!string.IsNullOrWhiteSpace(configuration["OpenAI:Endpoint"]))
            Check(configuration, "OpenAI:Endpoint", text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0,
                "an address such as https://api.openai.com/v1 or http://localhost:11434/v1");
        foreach (var key in (string[])["OpenAI:ApiKey", "OPENAI_API_KEY"])
        {
            // It goes into a header. The value is nobody's business.
            if (configuration[key]?.Trim() is { } secret && !secret.All(c => c is > ' ' and <= '~'))
                throw new DatabaseConfigurationException($"The setting {key} is not valid: a key has ASCII letters, digits and signs only, and no blank. Copy it again.");
        }
    }

    /// <summary>Levels by category, of all logs and of one kind of them.</summary>
    static IEnumerable<IConfigurationSection> LogLevels(IConfigurationSection logging)
        => logging.GetChildren().Prepend(logging).SelectMany(section => section.GetSection("LogLevel").GetChildren());

    static void Check(IConfiguration configuration, string key, Func<string, bool> isValid, string rule)
    {
        if (configuration[key] is { } text && !(text.Length == 0 && MayBeEmpty.Contains(key)) && !isValid(text))
            throw new DatabaseConfigurationException($"The setting {key} is '{text}', which is not valid: it must be {rule}. As a variable it is {key.Replace(":", "__", StringComparison.Ordinal)}.");
    }
}
