using Benchmarks.Isolation;

namespace Benchmarks.Agents;

/// <summary>The JSON of a run. Names are part of its contract.</summary>
sealed record AgentReport(Machine Machine, string Scale, TurnRow Turns, ThreadRow Threads, RecallRow Recall, MemoryRow Memory, IReadOnlyList<Goal> Goals);

/// <summary>Turns over HTTP, in milliseconds as the clients see them. Database: the part of the time inside the service that a turn waits
/// for its statements, 0 to 1; statements and round trips are those of one turn, its authentication included. Processor: what a
/// turn costs, which says more than times do where the machine is busy with other things.</summary>
sealed record TurnRow(int Users, int Turns, double P50Ms, double P95Ms, double P99Ms, double TurnsPerSecond, double DatabaseShare, double RoundTrips,
    double ServiceProcessorMs, double ServerProcessorMs, PacedRow Paced);

/// <summary>The same by users who pause for so many milliseconds after each answer.</summary>
sealed record PacedRow(int Turns, double PauseMs, double P50Ms, double P95Ms, double P99Ms);

/// <summary>Turns in a long and in a short thread of one user, alternately.</summary>
sealed record ThreadRow(int LongMessages, int ShortMessages, int Turns, double LongP50Ms, double ShortP50Ms, double Ratio);

/// <summary>Searches over HTTP: authentication, embedding, index. Recall: which part of the truly nearest four was among the four found.</summary>
sealed record RecallRow(int Messages, int Queries, double P50Ms, double P95Ms, double P99Ms, double RecallAt4, double ExactP50Ms);

/// <summary>Memory before and after many turns, in MB: the service's heap after a collection, its resident set, the server's
/// proportional set size.</summary>
sealed record MemoryRow(int Turns, double HeapStartMb, double HeapEndMb, double ProcessStartMb, double ProcessEndMb, double ServerStartMb, double ServerEndMb);
