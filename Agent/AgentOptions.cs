namespace Agent;

/// <summary>Settings of the section <c>Agent</c>.</summary>
public sealed record AgentOptions
{
    public MemoryOptions Memory { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();

    /// <summary>Migrate when the service starts. Null: in every environment but Production.</summary>
    public bool? MigrateAtStart { get; init; }

    /// <summary>Write what is said to the model, and what it answers, to logs and traces. Keys are left out even then.</summary>
    public bool LogContent { get; init; }
}

/// <summary>What the model is given of the past (section <c>Agent:Memory</c>).</summary>
public sealed record MemoryOptions
{
    /// <summary>Newest messages of the thread that every turn sees.</summary>
    public int HistoryMessages { get; init; } = 10;

    /// <summary>Budget of the history in tokens (estimated at four characters each); the oldest messages give way first.</summary>
    public int HistoryTokens { get; init; } = 4000;

    /// <summary>Nearest messages that a turn recalls; 0 turns recall off.</summary>
    public int TopK { get; init; } = 4;

    /// <summary>Neighbours that come with each recalled message, before and after.</summary>
    public int MessageRange { get; init; } = 1;

    /// <summary>Where recall looks.</summary>
    public RecallScope Scope { get; init; } = RecallScope.Resource;

    /// <summary>Least cosine similarity (-1 to 1) of a recalled message; null takes the nearest, however far.</summary>
    public double? Threshold { get; init; }

    /// <summary>Candidates that the vector index keeps while it searches (<c>hnsw.ef_search</c>, 1 to 1000).</summary>
    public int EfSearch { get; init; } = 100;

    /// <summary>Newest vectors of a user that are read one and all, exactly; older ones are searched through the index.</summary>
    public int YoungVectors { get; init; } = 1000;

    /// <summary>Seconds that an embedding may take in a turn; then the turn goes on without it.</summary>
    public double EmbeddingSeconds { get; init; } = 10;

    /// <summary>Keep embeddings by content. Null: when the model is a remote one, where each costs money and time.</summary>
    public bool? CacheEmbeddings { get; init; }
}

/// <summary>Where recall looks.</summary>
public enum RecallScope
{
    /// <summary>All threads of the user.</summary>
    Resource,

    /// <summary>The thread of the turn.</summary>
    Thread,
}

/// <summary>What one user may ask for (section <c>Agent:Limits</c>).</summary>
public sealed record LimitOptions
{
    /// <summary>Bytes of a request's body.</summary>
    public int BodyBytes { get; init; } = 256 * 1024;

    /// <summary>Characters of a message.</summary>
    public int MessageLength { get; init; } = 16_000;

    /// <summary>Threads of a user.</summary>
    public int ThreadsPerUser { get; init; } = 1000;

    /// <summary>Requests of a user per minute.</summary>
    public int RequestsPerMinute { get; init; } = 300;

    /// <summary>Sign-ups and log-ins from one address per minute.</summary>
    public int SignUpsPerMinute { get; init; } = 30;

    /// <summary>Turns of a user that run or wait at once in one replica; each holds a connection.</summary>
    public int ConcurrentTurns { get; init; } = 8;

    /// <summary>Calls of the model in one turn.</summary>
    public int ToolSteps { get; init; } = 8;

    /// <summary>Seconds that the model and its tools may take in one turn.</summary>
    public double TurnSeconds { get; init; } = 120;

    /// <summary>Seconds that a message waits for an earlier one of its thread, or for one of the connections that turns may hold.</summary>
    public double ThreadWaitSeconds { get; init; } = 60;
}
