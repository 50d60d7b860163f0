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
    static readonly (Regex Pattern, string Problem, string Instead)[] Rules =
    [
        (StaticConnection(), "one connection, data source or connection string for all tests: what one test writes, another sees", "use Db.DataSource or Db.ConnectionString of the test's lease"),
        (ServerPerTest(), "a server is started here: per test that costs seconds", "start it once, in a fixture derived from PostgresFixture"),
        (DataSource(), "a data source is made here: each opens connections of its own (11 ms for the first)", "use Db.DataSource, which stays warm between tests"),
        (HardCodedSchema(), "a schema is named: a test that has a schema to itself finds its tables through the search path", "leave the name out, or use TestIsolation.Database for this class"),
        (SearchPath(), "the search path is set by hand: it is how a lease finds its schema", "leave it to the lease's connection string"),
        (Sleep(), "a sleep: too short on a busy machine, too long on every other", "wait for the condition itself, with a limit"),
        (Port(), "a fixed port: two runs at once collide", "use the lease's connection string"),
        (Sequential(), "tests are kept from running in parallel", "remove it once each test has a lease of its own"),
        (CleanUp(), "tables are cleaned by hand: slow, and vector indexes remember deleted rows", "remove it: the lease is clean when the test gets it"),
    ];

    /// <summary>Scans a project file's folder, a folder, or one C# file.</summary>
    /// <param name="path">Of the project, folder or file.</param>
    /// <exception cref="PostgresTestingException">There is nothing at that path.</exception>
    public static IReadOnlyList<TestProjectFinding> Scan(string path)
    {
        var isProject = path.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase);
        if (isProject ? !File.Exists(path) : !File.Exists(path) && !Directory.Exists(path))
            throw new PostgresTestingException($"There is no test project at \"{path}\": give the path of its .csproj file or folder.");
        var folder = isProject || File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : Path.GetFullPath(path);
        var files = !isProject && File.Exists(path) ? [Path.GetFullPath(path)]
            : Directory.EnumerateFiles(folder, "*.cs", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
                .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
        return [.. files.Order(StringComparer.Ordinal).SelectMany(file => ScanFile(folder, file))];
    }

    static IEnumerable<TestProjectFinding> ScanFile(string folder, string file)
        => File.ReadLines(file).Select((text, index) => (Text: text.Trim(), Line: index + 1))
            .Where(line => !line.Text.StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Rules.Where(rule => rule.Pattern.IsMatch(line.Text))
                .Select(rule => new TestProjectFinding(Path.GetRelativePath(folder, file), line.Line, rule.Problem, rule.Instead, line.Text)));

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
