using System.Text.RegularExpressions;

namespace Postgres.Testing;

/// <summary>A line of somebody's tests that will hurt when they run in parallel, each in a database of its own.</summary>
/// <param name="File">Path, relative to what was scanned.</param>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Problem">What hurts, and why.</param>
/// <param name="Instead">What to do instead.</param>
/// <param name="Text">The line itself.</param>
public sealed record TestProjectFinding(string File, int Line, string Problem, string Instead, string Text);

/// <summary>Looks through the C# files of a test project for what stands in the way of isolated, parallel tests.</summary>
/// <remarks>It reads text, not meaning: a finding is a place to look at.</remarks>
public static partial class TestProjectScan
{
    // InText: the pattern is of SQL, of a connection string or the like, so that it is looked for inside literals too.
    static readonly (Regex Pattern, bool InText, string Problem, string Instead)[] Rules =
    [
        (StaticConnection(), false, "one connection, data source or connection string for all tests: what one test writes, another sees", "use Db.DataSource or Db.ConnectionString of the test's lease"),
        (ServerPerTest(), false, "a server is started here: per test that costs seconds", "start it once, in a fixture derived from PostgresFixture"),
        (DataSource(), false, "a data source is made here: each opens connections of its own (11 ms for the first)", "use Db.DataSource, which stays warm between tests"),
        (HardCodedSchema(), true, "a schema is named: a test that has a schema to itself finds its tables through the search path", "leave the name out, or use TestIsolation.Database for this class"),
        (SearchPath(), true, "the search path is set by hand: it is how a lease finds its schema", "leave it to the lease's connection string"),
        (Sleep(), false, "a sleep: too short on a busy machine, too long on every other", "wait for the condition itself, with a limit"),
        (Port(), true, "a fixed port: two runs at once collide", "use the lease's connection string"),
        (Sequential(), false, "tests are kept from running in parallel", "remove it once each test has a lease of its own"),
        (CleanUp(), true, "tables are cleaned by hand: slow, and vector indexes remember deleted rows", "remove it: the lease is clean when the test gets it"),
    ];

    /// <summary>Scans a folder, that of a project or solution file, or one C# file.</summary>
    /// <param name="path">Of the folder, the project, the solution or the C# file.</param>
    /// <exception cref="PostgresTestingException">There is nothing at that path, or a file of another kind.</exception>
    public static IReadOnlyList<TestProjectFinding> Scan(string path)
    {
        if (!Path.Exists(path)) throw new PostgresTestingException($"There is no test project at \"{path}\": give the path of its .csproj file or folder.");
        var kind = Directory.Exists(path) ? "folder" : Path.GetExtension(path).ToLowerInvariant();
        if (kind is not ("folder" or ".csproj" or ".cs" or ".sln" or ".slnx" or ".slnf"))
            throw new PostgresTestingException($"\"{path}\" is neither C# nor a project: give a folder, or a .csproj, .cs, .sln or .slnx file.");
        var folder = kind == "folder" ? Path.GetFullPath(path) : Path.GetDirectoryName(Path.GetFullPath(path))!;
        var files = kind == ".cs" ? [Path.GetFullPath(path)]
            : Directory.EnumerateFiles(folder, "*.cs", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
                .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
        return [.. files.Order(StringComparer.Ordinal).SelectMany(file => ScanFile(folder, file))];
    }

    static IEnumerable<TestProjectFinding> ScanFile(string folder, string file)
    {
        var source = File.ReadAllText(file).ReplaceLineEndings("\n");
        var (lines, texts, codes) = (source.Split('\n'), Blank(source, literals: false).Split('\n'), Blank(source, literals: true).Split('\n'));
        return lines.SelectMany((line, index) => Rules.Where(rule => rule.Pattern.IsMatch(rule.InText ? texts[index] : codes[index]))
            .Select(rule => new TestProjectFinding(Path.GetRelativePath(folder, file), index + 1, rule.Problem, rule.Instead, line.Trim())));
    }

    // Comments, and literals if so wanted, become spaces; lines stay lines.
    static string Blank(string source, bool literals)
        => CommentOrLiteral().Replace(source, match => literals || match.Value[0] == '/' ? Character().Replace(match.Value, " ") : match.Value);

    [GeneratedRegex("""//[^\n]*|/\*[\s\S]*?\*/|("{3,})[\s\S]*?\1"*|(?:@\$?|\$+@)"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\[^'\n]+|[^'\\\n])'""")]
    private static partial Regex CommentOrLiteral();

    [GeneratedRegex(@"[^\n]")]
    private static partial Regex Character();

    [GeneratedRegex(@"\bstatic\b[^=({]*\b(NpgsqlConnection|NpgsqlDataSource|DbConnection|SqliteConnection)\b\s*\??\s+\w+|\b(static|const)\b[^=({]*\bstring\s+\w*(connection|Connection)\w*")]
    private static partial Regex StaticConnection();

    [GeneratedRegex(@"new\s+PostgreSqlBuilder\b|\bnew\s+PostgreSqlContainer\b|EmbeddedPostgres\.StartAsync|new\s+PgServer\b|PGlite|DistributedApplicationTestingBuilder\.CreateAsync")]
    private static partial Regex ServerPerTest();

    [GeneratedRegex(@"NpgsqlDataSource\.Create\(|new\s+NpgsqlDataSourceBuilder\b|new\s+NpgsqlConnection\(|new\s+SqliteConnection\(")]
    private static partial Regex DataSource();

    [GeneratedRegex(@"\b(from|join|into|update|table|truncate|exists)\s+(""?public""?\.)|HasDefaultSchema\(|\[Table\([^)]*Schema\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex HardCodedSchema();

    [GeneratedRegex(@"set\s+search_path|Search\s?Path\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex SearchPath();

    [GeneratedRegex(@"Thread\.Sleep\(|await\s+Task\.Delay\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\bPort\s*=\s*\d+|localhost:\d{4,5}|127\.0\.0\.1:\d{4,5}", RegexOptions.IgnoreCase)]
    private static partial Regex Port();

    [GeneratedRegex(@"DisableParallelization\s*=\s*true|\[Collection\(|DisableTestParallelization\s*=\s*true|\[assembly:\s*NonParallelizable|\[DoNotParallelize\]")]
    private static partial Regex Sequential();

    [GeneratedRegex(@"\btruncate\s+(table\s+)?\w+|""\s*delete\s+from\s+\w+\s*;?\s*""|\bEnsureDeleted(Async)?\(|Respawner", RegexOptions.IgnoreCase)]
    private static partial Regex CleanUp();
}
