using Postgres.Testing.Tests.Servers;

namespace Postgres.Testing.Tests.XunitLayer;

/// <summary>What a test uses up or does not end is named, and costs its neighbours nothing.</summary>
public class LimitTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_test_that_does_not_end_is_cut_off_after_its_limit()
    {
        var run = await LayerRun.OfAsync([typeof(EndlessSample).FullName!, typeof(NeighbourSample).FullName!], Token);

        foreach (var test in (string[])[nameof(EndlessSample.A_waits_for_a_query), nameof(EndlessSample.B_waits_for_its_token), nameof(EndlessSample.C_begins_a_query_after_its_limit)])
        {
            Assert.Equal("Fail", run[test].Outcome);
            Assert.Contains("The test was cut off after its limit of 1 s", run[test].Message, StringComparison.Ordinal);
            Assert.Contains($"{nameof(EndlessSample)}.{test}: The test was cut off", run.Console, StringComparison.Ordinal);
        }
        Assert.Equal("Pass", run[nameof(NeighbourSample.Works)].Outcome);
    }

    [Fact]
    public async Task A_test_that_xunit_times_out_is_looked_at_and_returns_its_lease()
    {
        var run = await LayerRun.OfAsync([typeof(TimeoutSample).FullName!], Token);

        var test = run[nameof(TimeoutSample.Waits_for_a_query)];
        Assert.Equal("Fail", test.Outcome);
        Assert.Contains("timed out after 6000 milliseconds", test.Message, StringComparison.Ordinal);
        Assert.Contains("The test was cut off", test.Message, StringComparison.Ordinal);
        Assert.Contains("Errors: 0", run.Console, StringComparison.Ordinal);
        Assert.Contains("(kept)", test.Output, StringComparison.Ordinal);
        Assert.Contains("found: The test was cut off after its Timeout of 6000 ms", test.Output, StringComparison.Ordinal);
        Assert.Equal("Pass", run[nameof(TimeoutSample.Works)].Outcome);
        Assert.DoesNotContain("never returned", run.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_off_does_not_reach_the_next_test_of_the_unit()
    {
        // Sessions named after the unit, which is not kept: the next test goes on with those of the one that was cut off.
        var run = await LayerRun.OfAsync([typeof(CutOffSample).FullName!], Token,
            (PostgresTestingEnvironment.Workers, "1"), (PostgresTestingEnvironment.NameConnections, "false"), (PostgresTestingEnvironment.Keep, "0"));

        Assert.Contains("The test was cut off", run[nameof(CutOffSample.A_ends_at_its_limit)].Message, StringComparison.Ordinal);
        Assert.Equal(("Pass", ""), (run[nameof(CutOffSample.B_works)].Outcome, run[nameof(CutOffSample.B_works)].Message));
        Assert.Single(run.Log.Select(record => record.Unit).Distinct());
    }

    [Fact]
    public async Task A_thread_that_a_test_leaves_running_is_named()
    {
        var run = await LayerRun.OfAsync([typeof(ThreadSample).FullName!], Token);

        Assert.Contains("found: left a thread running: 'forgotten', number", run[nameof(ThreadSample.Leaves_a_thread)].Output, StringComparison.Ordinal);
        Assert.Matches("found: left a thread running: a task on thread [0-9]+ of the pool", run[nameof(ThreadSample.Leaves_a_task)].Output);
        Assert.Equal("", run[nameof(ThreadSample.Ends_what_it_starts)].Output);
    }

    [Fact]
    public async Task What_is_used_up_is_named_with_its_limit_and_the_next_test_works()
    {
        // A small /dev/shm and few descriptors, for this run alone.
        var wrap = await OwnMounts.WrapAsync("mount -t tmpfs -o size=288m none /dev/shm && ulimit -n 400");
        var run = await ExhaustAsync(wrap);

        AssertNamed(run, nameof(ExhaustionSample.A_uses_all_connections), "connections of the server are in use (max_connections)");
        AssertNamed(run, nameof(ExhaustionSample.B_uses_all_descriptors), "file descriptors (ulimit -n)");
        AssertNamed(run, nameof(ExhaustionSample.C_uses_all_the_room), "the place of the server's data is full (/dev/shm, ");
        Assert.Equal("Pass", run[nameof(ExhaustionSample.D_works)].Outcome);
    }

    [Fact]
    public async Task A_disk_that_is_full_is_named_and_the_next_test_works()
    {
        using var scratch = new Scratch("disk ");
        var disk = Path.Combine(scratch.Folder, "full");
        // No memory to speak of for the data, and a small file system that lies on a disk.
        var wrap = await OwnMounts.WrapAsync($"mkdir -p '{disk}' && truncate -s 480M '{disk}.image' && mkfs.ext4 -q -F '{disk}.image' && mount -o loop '{disk}.image' '{disk}' "
            + $"&& mount -t tmpfs -o size=1m none /dev/shm && ulimit -n 400 && export TMPDIR='{disk}'");
        var run = await ExhaustAsync(wrap);

        AssertNamed(run, nameof(ExhaustionSample.C_uses_all_the_room), $"the place of the server's data is full ({disk}, ");
        Assert.Equal("Pass", run[nameof(ExhaustionSample.D_works)].Outcome);
    }

    static async Task<LayerRun> ExhaustAsync(string[] wrap)
    {
        var run = await LayerRun.ThroughAsync(wrap, [typeof(ExhaustionSample).FullName!], Token);
        // Where .NET itself needs a descriptor just then it ends the process, and there are no results: that says nothing of the layer.
        for (var attempt = 1; run.Tests.Count == 0 && attempt < 5; attempt++) run = await LayerRun.ThroughAsync(wrap, [typeof(ExhaustionSample).FullName!], Token);
        Assert.True(run.Tests.Count > 0, run.Console);
        return run;
    }

    static void AssertNamed(LayerRun run, string test, string limit)
    {
        Assert.Equal("Fail", run[test].Outcome);
        var lines = run[test].Output.Split('\n').Where(line => line.Contains("a limit was reached", StringComparison.Ordinal) && line.Contains(limit, StringComparison.Ordinal));
        Assert.True(lines.Count() == 1, $"{run[test].Message} {run[test].Output}");
    }
}
