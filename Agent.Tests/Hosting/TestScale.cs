using System.Globalization;

namespace Agent.Tests.Hosting;

/// <summary>On what all tests run: one agent on plain tables, unless the environment says otherwise. The suites of <c>Scale/</c> always run on the rest, too.</summary>
static class TestScale
{
    /// <summary>Hash partitions of messages and vectors: <c>AGENT_TESTS_PARTITIONS</c>, 0 for plain tables.</summary>
    public static int Partitions { get; } = Read("AGENT_TESTS_PARTITIONS", 0, 1024);

    /// <summary>Agents behind a round-robin: <c>AGENT_TESTS_REPLICAS</c>.</summary>
    public static int Replicas { get; } = Math.Max(1, Read("AGENT_TESTS_REPLICAS", 0, 16));

    static int Read(string name, int least, int most) => Environment.GetEnvironmentVariable(name) switch
    {
        null or "" => 0,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most => number,
        var text => throw new InvalidOperationException($"{name} is '{text}'; it takes a number from {least} to {most}."),
    };
}
