using System.Diagnostics;

namespace Agent;

/// <summary>The agent's own spans: turn, recall, answer, store. They carry ids, counts and model names, never what somebody said.</summary>
static class Telemetry
{
    /// <summary>Named after the application, which is what ServiceDefaults collects.</summary>
    public static ActivitySource Source { get; } = new("Agent");
}
