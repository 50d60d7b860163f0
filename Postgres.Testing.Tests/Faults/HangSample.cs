using Notes.Tests;
using Postgres.Testing.Tests.XunitLayer;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.Faults;

/// <summary>What <see cref="StoppedRunTests"/> runs: tests that do not end.</summary>
public class HangSample(NotesDatabases databases) : DatabaseTest(databases)
{
    /// <summary>Variable with a file that gets the folder of the run's server.</summary>
    public const string Note = "HANG_SAMPLE_NOTE";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var file = Environment.GetEnvironmentVariable(Note)!;
        await File.WriteAllTextAsync(file + ".new", Path.GetDirectoryName(((EmbeddedPostgres)databases.Server).Log.Path));
        File.Move(file + ".new", file);
    }

    [SampleFact]
    public async Task Waits_for_ever() => await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);

    [SampleFact]
    public void Never_ends()
    {
        while (true) Thread.Sleep(1000);
    }
}
