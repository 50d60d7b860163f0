namespace Agent.Database;

static class Sql
{
    /// <summary>A name as a quoted identifier.</summary>
    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
