using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Postgres.Testing;

/// <summary>The outcomes that <c>dotnet test --logger trx</c> leaves behind.</summary>
public static class TrxFile
{
    /// <summary>Reads the tests of every <c>*.trx</c> file of a folder; a file that a killed run left broken counts as empty.</summary>
    public static IReadOnlyList<TestRecord> ReadFolder(string folder)
        => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.trx").SelectMany(Read)] : [];

    /// <summary>What went wrong beside the tests, such as a process that ended or a fixture that failed at its end; empty for nothing.</summary>
    public static IReadOnlyList<string> ReadErrors(string folder)
        => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.trx").Select(Load).SelectMany(document => document is null ? [] : Errors(document))] : [];

    // The logger has one line for each error, also for every test that failed; what the processes wrote says more of them, at its end.
    static IEnumerable<string> Errors(XDocument document)
    {
        List<string> errors = [.. Named(document, "RunInfo").Where(info => (string?)info.Attribute("outcome") == "Error").Select(info => info.Value.Trim())
            .Where(text => !text.EndsWith("[FAIL]", StringComparison.Ordinal))];
        if (errors.Count == 0) return [];
        var output = Named(document, "ResultSummary").SelectMany(summary => Named(summary, "StdOut")).SelectMany(text => text.Value.Split('\n'))
            .Select(line => line.TrimEnd()).Where(line => line.Length > 0 && !line.StartsWith("   at ", StringComparison.Ordinal));
        return [.. errors, string.Join('\n', output.TakeLast(LastLines))];
    }

    const int LastLines = 40;

    static IEnumerable<XElement> Named(XContainer within, string name) => within.Descendants().Where(element => element.Name.LocalName == name);

    static XDocument? Load(string file)
    {
        try
        {
            return XDocument.Load(file);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    static List<TestRecord> Read(string file)
    {
        if (Load(file) is not { } document) return [];
        var classes = Named(document, "UnitTest")
            .ToDictionary(test => (string)test.Attribute("id")!, test => (string?)Named(test, "TestMethod").FirstOrDefault()?.Attribute("className"));
        return [.. Named(document, "UnitTestResult").Select(result => Record(result, classes))];
    }

    static TestRecord Record(XElement result, Dictionary<string, string?> classes) => new()
    {
        Test = (string)result.Attribute("testName")!,
        Class = classes.GetValueOrDefault((string)result.Attribute("testId")!),
        Outcome = (string?)result.Attribute("outcome") switch { "Passed" => "passed", "Failed" => "failed", _ => "skipped" },
        Start = DateTimeOffset.Parse((string)result.Attribute("startTime")!, CultureInfo.InvariantCulture).ToUniversalTime(),
        BodyMs = TimeSpan.Parse((string?)result.Attribute("duration") ?? "0:0:0", CultureInfo.InvariantCulture).TotalMilliseconds,
        Failures = [.. Named(result, "Message").Select(element => element.Value)],
        Process = 0,
    };
}
