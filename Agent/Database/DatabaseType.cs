namespace Agent.Database;

/// <summary>What kind of database the agent works on.</summary>
public enum DatabaseType
{
    /// <summary>Real data: nothing is created but what the migrations name.</summary>
    Production,

    /// <summary>A developer's own database.</summary>
    Development,

    /// <summary>The lease of one test.</summary>
    Test,
}
