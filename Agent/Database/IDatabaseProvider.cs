namespace Agent.Database;

/// <summary>
/// The one seam through which a request finds its database: resolved once per request. Test mode puts one in its place that
/// routes to the schema which the request's lease names.
/// </summary>
public interface IDatabaseProvider
{
    /// <summary>The database of the current request.</summary>
    AgentDatabase Current { get; }
}

/// <summary>The configured database, for every request.</summary>
sealed class SingleDatabaseProvider(AgentDatabase database) : IDatabaseProvider
{
    public AgentDatabase Current => database;
}
