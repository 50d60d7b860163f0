using System.Diagnostics;
using Npgsql;
using Postgres.Testing.Tests.Servers;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.XunitLayer;

public class LayerRunTests
{
    static readonly string Sample = typeof(LayerSample).FullName!;

    [Fact]
    public async Task A_failed_test_says_how_to_look_at_its_database_and_keeps_it()
    {
        var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.Keep, "9"));

        var output = run[nameof(LayerSample.Fails_after_two_rows_and_an_error)].Output;
        Assert.Contains("(kept)", output);
        Assert.Contains("psql \"host=", output);
        Assert.Contains("rows: notes +2", output);
        Assert.Contains("server: ERROR 42P01: relation \"no_such_table\" does not exist", output);
        Assert.Contains("STATEMENT:  select * from no_such_table", output);
        Assert.Equal("", run[nameof(LayerSample.Passes_with_one_row)].Output);
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
    public async Task A_test_whose_unit_cannot_be_read_returns_it_all_the_same()
    {
        var run = await LayerRun.OfAsync([typeof(FailedTransactionSample).FullName!, typeof(DroppedTableSample).FullName!], TestContext.Current.CancellationToken,
            (PostgresTestingEnvironment.Workers, "1"), (PostgresTestingEnvironment.Keep, "0"));

        Assert.Equal(4, run.Log.Count);
        Assert.All(run.Log, record => Assert.Matches("^(42P01|on purpose)", record.Failures[0]));
        Assert.All(run.Log, record => Assert.StartsWith("the unit could not be read: ", record.Findings[0], StringComparison.Ordinal));
        Assert.All(run.Log, record => Assert.DoesNotContain("no table was changed", record.Forensics, StringComparison.Ordinal));
        Assert.DoesNotContain("never returned", run.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_whose_own_beginning_or_end_fails_returns_its_unit()
    {
        var run = await LayerRun.OfAsync([typeof(FailingLifetimeSample).FullName!], TestContext.Current.CancellationToken,
            (PostgresTestingEnvironment.Workers, "1"), (PostgresTestingEnvironment.Keep, "0"));

        Assert.Equal([("Begins_with_a_failure", "failed", "no beginning"), ("Begins_with_a_skip", "skipped", ""), ("Ends_with_a_failure", "failed", "no end"),
            ("Returns_its_lease_and_fails", "failed", "on purpose"), ("Works", "passed", "")],
            run.Log.Select(record => (record.Test.Split('.')[^1], record.Outcome, string.Join("; ", record.Failures))).Order());
        Assert.Contains("psql", run.Log.Single(record => record.Failures.Contains("no beginning")).Forensics);
        Assert.Contains("no end", run["Ends_with_a_failure"].Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Disposed", run["Returns_its_lease_and_fails"].Message, StringComparison.Ordinal);
        Assert.DoesNotContain("never returned", run.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_asked_for_after_its_test_is_said_to_be_gone()
    {
        var run = await LayerRun.OfAsync([typeof(LateSample).FullName!], TestContext.Current.CancellationToken);

        Assert.Contains("The test has no database any more", Assert.Single(run.Tests.Values).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_options_want_a_test_to_fail_for_fails_it()
    {
        var run = await LayerRun.OfAsync([typeof(StrictSample).FullName!], TestContext.Current.CancellationToken);

        Assert.Contains("left a session behind (idle in transaction)", run[nameof(StrictSample.Leaves_a_transaction_open)].Message, StringComparison.Ordinal);
        Assert.Contains("left outside of its unit: role layer_sample_strict", run[nameof(StrictSample.Makes_a_role)].Message, StringComparison.Ordinal);
        Assert.Equal("on purpose", run[nameof(StrictSample.Fails_by_itself)].Message.Trim());
        Assert.Equal("Pass", run[nameof(StrictSample.Leaves_nothing)].Outcome);
        Assert.Equal(3, run.Log.Count(record => record.Outcome == "failed"));
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
        Assert.Equal(name, named[nameof(LayerSample.Says_its_name)].Output.Trim()); // of 63 bytes at most
        Assert.Contains("server: ERROR 42P01", named[nameof(LayerSample.Fails_after_two_rows_and_an_error)].Output);

        var unnamed = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.NameConnections, "false"));
        Assert.Contains(unnamed[nameof(LayerSample.Says_its_name)].Output.Trim(), unnamed.Log.Select(record => record.Unit));
    }

    [Fact]
    public async Task A_wrong_variable_is_named_with_what_it_takes()
    {
        var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.Isolation, "table"));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("POSTGRES_TESTING_ISOLATION is \"table\"; it takes one of schema, database, transaction.", run.Console);
    }

    [Fact]
    public async Task A_fixture_says_why_its_server_is_not_in_memory()
    {
        var wrap = await OwnMounts.WrapAsync("mount -t tmpfs -o size=64m none /dev/shm");
        var run = await LayerRun.ThroughAsync(wrap, [typeof(EscapeSample).FullName!], TestContext.Current.CancellationToken);

        Assert.Contains("Postgres.Testing.Tests: The server's data goes to ", run.Console, StringComparison.Ordinal);
        Assert.Contains("/dev/shm has 64 MB free where 256 MB are wanted", run.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_escaped_from_a_test_is_in_its_output()
    {
        var run = await LayerRun.OfAsync([typeof(EscapeSample).FullName!], TestContext.Current.CancellationToken);

        var test = Assert.Single(run.Tests.Values);
        Assert.Equal("Pass", test.Outcome);
        Assert.Contains("found: escaped from the test: role layer_sample_escapes", test.Output);
    }

    [Fact]
    public async Task A_server_of_ones_own_is_used_once_it_is_marked_as_disposable()
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        string[] classes = [typeof(EscapeSample).FullName!];

        var refused = await LayerRun.OfAsync(classes, token, (PostgresTestingEnvironment.Server, server.ConnectionString));
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("has no mark that says it is disposable", refused.Console);

        await ExistingPostgres.MarkDisposableAsync(server.ConnectionString, token);
        var run = await LayerRun.OfAsync(classes, token, (PostgresTestingEnvironment.Server, server.ConnectionString));
        Assert.Equal("Pass", Assert.Single(run.Tests.Values).Outcome);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand("""
            select (select count(*) from pg_roles where rolname = 'layer_sample_escapes') - (select count(*) from postgres_testing.units) - (select count(*) from pg_namespace where nspname ~ '^test_')
            """);
        Assert.Equal(1L, await command.ExecuteScalarAsync(token)); // it ran there, and left no units
    }

    [Fact]
    public async Task Units_on_the_server_of_another_fixture_are_kept_and_held_with_those_of_that_one()
    {
        var run = await LayerRun.OfAsync([typeof(GuestSampleOne).FullName!, typeof(GuestSampleTwo).FullName!, Sample], TestContext.Current.CancellationToken,
            (PostgresTestingEnvironment.Keep, "2"), (PostgresTestingEnvironment.Hold, "1"));

        Assert.Equal(8, run.Log.Count(record => record.Outcome == "failed"));
        Assert.Equal(2, run.Log.Count(record => record.Forensics!.Contains("(kept)", StringComparison.Ordinal)));
        Assert.Equal(2, run.Console.Split("Kept units stay up for 1 s").Length);
        Assert.DoesNotContain("threw in DisposeAsync", run.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_orders_the_tests_of_a_class()
    {
        List<string[]> orders = [];
        foreach (var seed in (string[])["7", "8"])
        {
            var run = await LayerRun.OfAsync([Sample], TestContext.Current.CancellationToken, (PostgresTestingEnvironment.Seed, seed));
            string[] order = [.. run.Log.Select(record => record.Test)];
            Assert.Equal(order.OrderBy(test => SeededOrder.Key(seed, test), StringComparer.Ordinal), order);
            orders.Add(order);
        }
        Assert.Equal(orders[0].Order(StringComparer.Ordinal), orders[1].Order(StringComparer.Ordinal));
        Assert.NotEqual(orders[0], orders[1]);
    }

    [Theory]
    [InlineData(typeof(LayerSample))]
    [InlineData(typeof(GuestSampleOne))]
    public async Task A_process_with_kept_units_holds_them_as_long_as_it_is_told(Type sample)
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await ExistingPostgres.MarkDisposableAsync(server.ConnectionString, token);
        var folder = Directory.CreateTempSubdirectory("held run ");
        using var process = Process.Start(LayerRun.StartInfo([], folder.FullName, [sample.FullName!],
            (PostgresTestingEnvironment.Server, server.ConnectionString), (PostgresTestingEnvironment.Keep, "1"), (PostgresTestingEnvironment.Hold, "600")))!;
        try
        {
            process.BeginOutputReadLine();
            string? line;
            do line = await process.StandardError.ReadLineAsync(token);
            while (line is not null && !line.Contains("Kept units stay up for 600 s", StringComparison.Ordinal));
            Assert.NotNull(line);

            await using var source = NpgsqlDataSource.Create(server.ConnectionString);
            await using var command = source.CreateCommand("""
                select count(*) from pg_class where relname = 'notes' and relnamespace in (select oid from pg_namespace where nspname ~ '^test_')
                    and xpath('//n/text()', query_to_xml(format('select count(*) as n from %s', oid::regclass), false, true, ''))::text[]::int[] <> '{0}'
                """);
            Assert.Equal(1L, await command.ExecuteScalarAsync(token)); // the kept unit is as its test left it
            Assert.False(process.WaitForExit(500));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(token);
            folder.Delete(recursive: true);
        }
    }
}
