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

    static List<TestRecord> Read(string file)
    {
        try
        {
            var document = XDocument.Load(file);
            var classes = document.Descendants().Where(element => element.Name.LocalName == "UnitTest")
                .ToDictionary(test => (string)test.Attribute("id")!, test => (string?)test.Elements().FirstOrDefault(element => element.Name.LocalName == "TestMethod")?.Attribute("className"));
            return [.. document.Descendants().Where(element => element.Name.LocalName == "UnitTestResult").Select(result => Record(result, classes))];
        }
        catch (XmlException)
        {
            return [];
        }
    }

    static TestRecord Record(XElement result, Dictionary<string, string?> classes) => new()
    {
        Test = (string)result.Attribute("testName")!,
        Class = classes.GetValueOrDefault((string)result.Attribute("testId")!),
        Outcome = (string?)result.Attribute("outcome") switch { "Passed" => "passed", "Failed" => "failed", _ => "skipped" },
        Start = DateTimeOffset.Parse((string)result.Attribute("startTime")!, CultureInfo.InvariantCulture).ToUniversalTime(),
        BodyMs = TimeSpan.Parse((string?)result.Attribute("duration") ?? "0:0:0", CultureInfo.InvariantCulture).TotalMilliseconds,
        Failures = [.. result.Descendants().Where(element => element.Name.LocalName == "Message").Select(element => element.Value)],
        Process = 0,
    };
}
