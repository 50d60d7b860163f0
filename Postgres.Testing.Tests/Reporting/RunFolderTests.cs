using System.Diagnostics;

namespace Postgres.Testing.Tests.Reporting;

/// <summary>What runs of the tests keep in one folder: the durations that shards plan from, and the lock.</summary>
public sealed class RunFolderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("runs ").FullName;

    [Fact]
    public void Durations_are_kept_by_method_with_the_sum_of_its_cases()
    {
        var file = Path.Combine(folder, "artifacts", "durations.json");
        TestDurations.Write(file, new() { Tests = [Test("A.B.Cases(x: 1)", 2), Test("A.B.Cases(x: 2)", 3), Test("A.B.One", 7)] });
        Assert.Equal([("A.B.Cases", 5d), ("A.B.One", 7d)], TestDurations.Read(file, Assert.Fail).Select(pair => (pair.Key, pair.Value)).Order());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":null}")]
    [InlineData("{\"a\":-1}")]
    [InlineData("[]")]
    public void Broken_durations_are_named_and_count_as_none(string text)
    {
        var file = Path.Combine(folder, "durations.json");
        File.WriteAllText(file, text);
        List<string> lines = [];
        Assert.Empty(TestDurations.Read(file, lines.Add));
        Assert.Contains(file, Assert.Single(lines), StringComparison.Ordinal);
        Assert.Empty(TestDurations.Read(Path.Combine(folder, "none.json"), Assert.Fail));
    }

    [Fact]
    public void A_second_run_in_one_folder_is_refused_until_the_first_ends()
    {
        using (RunLock.Take(folder))
            Assert.Contains("another run", Assert.Throws<PostgresTestingException>(() => RunLock.Take(folder)).Message, StringComparison.Ordinal);
        RunLock.Take(folder).Dispose();
    }

    [Fact]
    public async Task A_process_that_the_run_started_does_not_keep_the_lock()
    {
        var run = RunLock.Take(folder);
        await using var child = OwnedProcess.Start(new ProcessStartInfo("sleep", ["600"]));
        run.Dispose();
        RunLock.Take(folder).Dispose();
    }

    [Fact]
    public void Emptying_leaves_the_lock_as_it_is_held()
    {
        using (RunLock.Take(folder))
        {
            Directory.CreateDirectory(Path.Combine(folder, "report", "inner"));
            File.WriteAllText(Path.Combine(folder, "durations.json"), "{}");
            Directory.CreateSymbolicLink(Path.Combine(folder, "link"), Path.GetTempPath());
            RunLock.Empty(folder);
            Assert.Equal("run.lock", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(folder))));
            Assert.Throws<PostgresTestingException>(() => RunLock.Take(folder));
        }
    }

    [Fact]
    public void What_cannot_be_locked_is_named()
    {
        Directory.CreateDirectory(Path.Combine(folder, "run.lock"));
        Assert.Contains("cannot be locked", Assert.Throws<PostgresTestingException>(() => RunLock.Take(folder)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static TestRecord Test(string name, double milliseconds) => new() { Test = name, Outcome = "passed", BodyMs = milliseconds };
}
