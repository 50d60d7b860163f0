using System.Globalization;

namespace Benchmarks.Agents;

/// <summary>Messages as people write them to a career agent, as many as are asked for, hardly any twice; the same in every run.</summary>
static class Conversation
{
    static readonly string[] Topics =
    [
        "the interview at the bank", "my talk about databases", "the offer from the hospital", "our move to another city", "the course in statistics",
        "my application as a team lead", "the salary that I asked for", "a gap in my résumé", "the feedback of my manager", "the open position in logistics",
        "my side project with sensors", "the certificate in cloud engineering", "the mentor whom I met", "a change to part-time work", "the start-up of a friend",
        "my thesis on protein folding", "the new tax software", "the garden centre that hires", "the reorganization of our department", "my notes on negotiation",
    ];

    static readonly string[] Actions =
    [
        "I think a lot about {0}", "what should I prepare for {0}?", "yesterday somebody asked me about {0}", "I wrote three pages on {0}",
        "nobody could help me with {0}", "I am proud of {0}", "could you sum up what I told you of {0}?", "I would rather forget {0}",
        "next month everything depends on {0}", "my sister laughs about {0}", "the deadline for {0} comes near", "I learned two things from {0}",
    ];

    static readonly string[] Facts =
    [
        "I work as a nurse in Hamburg", "I know C# and PostgreSQL", "my goal is to become a data analyst", "I speak German and Polish", "I have 7 years of experience",
        "I studied chemistry", "I'm interested in machine learning", "I want to move into product management", "I live in Vienna", "I use Python and Excel every day",
    ];

    static readonly string[] Words =
    [
        "amber", "basalt", "cedar", "delta", "ember", "fjord", "glacier", "harbour", "island", "juniper", "kestrel", "lagoon", "meadow", "nectar", "orchard",
        "pebble", "quarry", "river", "saffron", "tundra", "umber", "valley", "willow", "yarrow", "zephyr", "bridge", "candle", "drum", "engine", "feather",
    ];

    /// <summary>One message; every seventh states a fact.</summary>
    public static string Message(int seed)
    {
        var random = new Random(seed);
        var topic = string.Format(CultureInfo.InvariantCulture, Pick(Actions), Pick(Topics));
        var detail = $"It has to do with the {Pick(Words)} {Pick(Words)} and a {Pick(Words)} from {random.Next(1950, 2026)}, number {seed}";
        return seed % 7 == 0 ? $"{Pick(Facts)}. {Capital(topic)}. {detail}." : $"{Capital(topic)}. {detail}.";

        string Pick(string[] of) => of[random.Next(of.Length)];
    }

    /// <summary>A question about the message of this number, in other words.</summary>
    public static string Question(int seed)
    {
        var words = Message(seed).Split(' ', '.', '?', ',').Where(word => word.Length > 3).ToArray();
        var random = new Random(seed + 1);
        return $"Do you remember {string.Join(' ', Enumerable.Range(0, 6).Select(_ => words[random.Next(words.Length)]))}?";
    }

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..].TrimEnd('?', '.');
}
