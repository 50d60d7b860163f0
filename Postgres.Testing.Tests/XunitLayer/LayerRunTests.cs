namespace Postgres.Testing.Tests.XunitLayer;

public class LayerRunTests
{
    static readonly string Sample = typeof(LayerSample).FullName!;

    [Fact]
    public async Task A_failed_test_says_how_to_look_at_its_database_and_keeps_it()
    {
        var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.Keep, "9"));

        var output = run.Tests[nameof(LayerSample.Fails_after_two_rows_and_an_error)].Output;
        Assert.Contains("(kept)", output);
        Assert.Contains("psql \"host=", output);
        Assert.Contains("rows: notes +2", output);
        Assert.Contains("server: ERROR 42P01: relation \"no_such_table\" does not exist", output);
        Assert.Contains("STATEMENT:  select * from no_such_table", output);
        Assert.Equal("", run.Tests[nameof(LayerSample.Passes_with_one_row)].Output);
    }

    [Fact]
    public async Task No_more_units_are_kept_than_allowed()
    {
        var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.Keep, "2"));

        var failed = run.Tests.Values.Where(test => test.Outcome == "Fail").ToList();
        Assert.Equal(4, failed.Count);
        Assert.Equal(2, failed.Count(test => test.Output.Contains("(kept)")));
        Assert.All(failed, test => Assert.Contains("psql \"host=", test.Output));
        Assert.All(failed, test => Assert.Matches(@"rows: notes \+[12]", test.Output));
    }

    [Fact]
    public async Task Kept_units_take_no_place_from_the_tests_that_follow()
    {
        var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.Workers, "1"), (PostgresTestingEnvironment.Keep, "3"));

        Assert.Equal(2, run.Tests.Values.Count(test => test.Outcome == "Pass"));
        Assert.Equal(4, run.Log.Select(record => record.Unit).Distinct().Count());
    }

    [Fact]
    public async Task A_leaked_session_is_reported_to_the_test_that_leaked_it()
    {
        var run = await LayerRun.OfAsync([typeof(LeakSample).FullName!], TestContext.Current.CancellationToken);

        var test = Assert.Single(run.Tests.Values);
        Assert.Equal("Pass", test.Outcome);
        Assert.Contains("found: left a session idle in transaction", test.Output);
        Assert.Contains("insert into notes", Assert.Single(Assert.Single(run.Log).Findings));
    }

    [Fact]
    public async Task Parallel_tests_have_different_units()
    {
        var run = await LayerRun.OfAsync([typeof(ParallelSampleOne).FullName!, typeof(ParallelSampleTwo).FullName!], TestContext.Current.CancellationToken);

        Assert.All(run.Tests.Values, test => Assert.Equal("Pass", test.Outcome));
        Assert.Equal(2, run.Log.Select(record => record.Worker).Distinct().Count());
        Assert.Equal(2, run.Log.Select(record => record.Unit).Distinct().Count());
    }

    [Fact]
    public async Task The_log_has_a_line_for_every_test()
    {
        var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken,
            (PostgresTestingEnvironment.NameConnections, "false")); // a connection of the test's own loads types first, which counts

        Assert.Equal(run.Tests.Count, run.Log.Count);
        var passed = Assert.Single(run.Log, record => record.Test.EndsWith(nameof(LayerSample.Passes_with_one_row), StringComparison.Ordinal));
        Assert.Equal(("passed", 1, 1, "schema"), (passed.Outcome, passed.Statements, passed.Connections, passed.Isolation));
        Assert.True(passed is { LeaseWaitMs: > 0, BodyMs: > 0, ResetMs: > 0 });
        var failed = Assert.Single(run.Log, record => record.Test.EndsWith(nameof(LayerSample.Fails_after_two_rows_and_an_error), StringComparison.Ordinal));
        Assert.Contains("on purpose", Assert.Single(failed.Failures));
        Assert.Equal(2, failed.RowsWritten["notes"]);
        Assert.Contains("psql", failed.Forensics);
    }

    [Fact]
    public async Task The_name_of_the_test_is_on_its_connections_unless_told_otherwise()
    {
        var name = typeof(LayerSample).FullName + "." + nameof(LayerSample.Says_its_name);
        var named = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken);
        Assert.Equal(name, named.Tests[nameof(LayerSample.Says_its_name)].Output.Trim()); // of 63 bytes at most
        Assert.Contains("server: ERROR 42P01", named.Tests[nameof(LayerSample.Fails_after_two_rows_and_an_error)].Output);

        var unnamed = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.NameConnections, "false"));
        Assert.Contains(unnamed.Tests[nameof(LayerSample.Says_its_name)].Output.Trim(), unnamed.Log.Select(record => record.Unit));
    }

    [Fact]
    public async Task A_wrong_variable_is_named_with_what_it_takes()
    {
        var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.Isolation, "table"));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("POSTGRES_TESTING_ISOLATION is \"table\"; it takes one of schema, database, transaction.", run.Console);
    }
}
