using Notes.Tests;
using Postgres.Testing.Tests.XunitLayer;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.Faults;

/// <summary>What <see cref="StoppedRunTests"/> runs: a test after which its fixture fails.</summary>
public class CrashSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public async Task Returns_no_lease() => await databases.Databases.LeaseAsync("forgotten", TestContext.Current.CancellationToken);
}
