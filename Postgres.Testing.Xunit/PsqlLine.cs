using Npgsql;

namespace Postgres.Testing.Xunit;

/// <summary>Writes a connection string as a shell command that opens the same database with the same search path.</summary>
static class PsqlLine
{
    public static string For(string connectionString)
    {
        var source = new NpgsqlConnectionStringBuilder(connectionString);
        List<string> parts = [$"host={Conninfo(source.Host ?? "localhost")}"];
        if (source.Port != NpgsqlConnection.DefaultPort) parts.Add($"port={source.Port}");
        parts.Add($"dbname={Conninfo(source.Database ?? source.Username ?? "postgres")}");
        if (source.Username is { } user) parts.Add($"user={Conninfo(user)}");
        if (source.SearchPath is { } path) parts.Add($"options={Conninfo($"-csearch_path={path.Replace("\\", "\\\\").Replace(" ", "\\ ")}")}");
        var password = source.Password is { } secret ? $"PGPASSWORD={Shell(secret)} " : "";
        return $"{password}psql {Shell(string.Join(' ', parts))}";
    }

    static string Conninfo(string value)
        => value.Length > 0 && value.All(letter => letter is not (' ' or '\'' or '\\')) ? value : $"'{value.Replace("\\", "\\\\").Replace("'", "\\'")}'";

    static string Shell(string value)
        => value.All(letter => letter is not ('"' or '$' or '`' or '\\' or '!')) ? $"\"{value}\"" : $"'{value.Replace("'", "'\\''")}'";
}
