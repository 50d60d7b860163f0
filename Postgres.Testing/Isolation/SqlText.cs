using System.Reflection;

namespace Postgres.Testing;

/// <summary>The engine's SQL, and how names and values get into it where parameters cannot.</summary>
static class SqlText
{
    public static string Load(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name + ".sql")
            ?? throw new InvalidOperationException($"The library lacks its resource {name}.sql.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static string Identifier(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public static string Literal(string value)
        => (value.Contains('\\', StringComparison.Ordinal) ? " E'" : "'")
            + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";
}
