using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.XunitLayer;

public class LayerSettingsTests
{
    static LayerSettings Read(TestDatabasesOptions options, PostgresTestsAttribute? attribute = null, params (string Name, string Value)[] environment)
        => LayerSettings.Read(options, attribute, parallelThreads: 7, name => environment.FirstOrDefault(pair => pair.Name == name).Value);

    [Fact]
    public void Workers_follow_xunit_unless_set()
    {
        Assert.Equal(7, Read(new()).Options.Workers);
        Assert.Equal(9, Read(new() { Workers = 9 }).Options.Workers);
        Assert.Equal(4, Read(new() { Workers = 4 }).Options.Workers);
        Assert.Equal(2, Read(new() { Workers = 9 }, new() { Workers = 2 }).Options.Workers);
        Assert.Equal(3, Read(new() { Workers = 9 }, new() { Workers = 2 }, (PostgresTestingEnvironment.Workers, "3")).Options.Workers);
    }

    [Fact]
    public void The_environment_overrides_the_attribute_and_that_the_options()
    {
        var options = new TestDatabasesOptions { Isolation = TestIsolation.Schema };
        Assert.Equal(TestIsolation.Schema, Read(options).IsolationOf(null));
        Assert.Equal(TestIsolation.Database, Read(options, new() { Isolation = TestIsolation.Database }).IsolationOf(null));
        Assert.Equal(TestIsolation.Transaction, Read(options).IsolationOf(typeof(InTransactions)));
        Assert.Equal(TestIsolation.Database, Read(options, null, (PostgresTestingEnvironment.Isolation, "DATABASE")).IsolationOf(typeof(InTransactions)));
    }

    [Fact]
    public void A_limit_is_never_more_than_a_timer_takes()
        => Assert.InRange(Read(new(), null, (PostgresTestingEnvironment.Limit, "2147483647")).LimitOf(null).TotalMilliseconds, 1, int.MaxValue);

    [Theory, InlineData("0"), InlineData("-1"), InlineData("many"), InlineData("1.5")]
    public void A_wrong_number_is_named(string value)
    {
        var error = Assert.Throws<ArgumentException>(() => Read(new(), null, (PostgresTestingEnvironment.Workers, value)));
        Assert.Equal($"POSTGRES_TESTING_WORKERS is \"{value}\"; it takes a whole number from 1.", error.Message);
    }

    [Theory]
    [InlineData("""{ "maxParallelThreads": 3 }""", 3)]
    [InlineData("""{ "maxParallelThreads": "5" }""", 5)]
    [InlineData("""{ "parallelizeTestCollections": false, "maxParallelThreads": 3 }""", 1)]
    [InlineData("""{ "maxParallelThreads": "default" } // ours""", null)]
    [InlineData("{}", null)]
    public void Xunits_own_setting_is_understood(string json, int? threads) => Assert.Equal(threads, XunitParallelism.FromJson(json));

    [Fact]
    public void Xunits_command_line_is_understood()
    {
        Assert.Equal(6, XunitParallelism.FromCommandLine(["tests", "-maxThreads", "6"]));
        Assert.Equal(2 * Environment.ProcessorCount, XunitParallelism.FromCommandLine(["tests", "--max-threads", "2x"]));
        Assert.Null(XunitParallelism.FromCommandLine(["tests", "-maxThreads"]));
    }

    [PostgresTests(Isolation = TestIsolation.Transaction)]
    sealed class InTransactions;
}
