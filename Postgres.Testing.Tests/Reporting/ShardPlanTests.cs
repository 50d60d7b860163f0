namespace Postgres.Testing.Tests.Reporting;

public class ShardPlanTests
{
    static readonly string[] Suite = [.. Enumerable.Range(0, 400).Select(number => $"Suite.Class{number % 23}.Test{number}")];
    static readonly Dictionary<string, double> Durations = Suite.Select((test, index) => (test, index))
        .ToDictionary(pair => pair.test, pair => 5 + Math.Pow(pair.index * 7919 % 97, 1.7));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(13)]
    public void The_parts_together_are_the_suite_and_no_test_is_twice(int count)
    {
        var plan = ShardPlan.Create(Suite, Durations, count);
        Assert.Equal(count, plan.Count);
        Assert.Equal(Suite.Order(StringComparer.Ordinal), plan.SelectMany(part => part.Tests).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_longest_part_is_within_a_tenth_of_the_mean()
    {
        var plan = ShardPlan.Create(Suite, Durations, 8);
        Assert.InRange(plan.Max(part => part.Milliseconds), 0, 1.1 * plan.Average(part => part.Milliseconds));
    }

    [Fact]
    public void The_plan_does_not_depend_on_the_order_of_discovery()
    {
        var backwards = ShardPlan.Create(Suite.Reverse(), Durations, 5);
        Assert.Equal(ShardPlan.Create(Suite, Durations, 5).SelectMany(part => part.Tests), backwards.SelectMany(part => part.Tests));
    }

    [Fact]
    public void A_fingerprint_tells_plans_apart()
    {
        var fingerprint = ShardPlan.Fingerprint(ShardPlan.Create(Suite, Durations, 5));
        Assert.Equal(fingerprint, ShardPlan.Fingerprint(ShardPlan.Create(Suite.Reverse(), Durations, 5)));
        Assert.NotEqual(fingerprint, ShardPlan.Fingerprint(ShardPlan.Create(Suite, new Dictionary<string, double>(), 5)));
        Assert.NotEqual(fingerprint, ShardPlan.Fingerprint(ShardPlan.Create(Suite[1..], Durations, 5)));
        Assert.Equal($"{fingerprint} --filter X", ShardPlan.Fingerprint(ShardPlan.Create(Suite, Durations, 5), "--filter", "X"));
    }

    [Fact]
    public void Tests_that_never_ran_are_spread_too()
    {
        var plan = ShardPlan.Create(Suite, new Dictionary<string, double>(), 4);
        Assert.All(plan, part => Assert.Equal(100, part.Tests.Count));
    }

    [Theory]
    [InlineData("2/8", true)]
    [InlineData("1/10000", true)]
    [InlineData("1/10001", false)]
    [InlineData("0/8", false)]
    [InlineData("9/8", false)]
    [InlineData("2", false)]
    public void A_part_has_a_number_and_a_count_that_a_plan_can_have(string part, bool isOne) => Assert.Equal(isOne, ShardPlan.Parse(part) is not null);

    [Fact]
    public void More_parts_than_tests_leaves_parts_empty()
        => Assert.Equal(2, ShardPlan.Create(["a", "b"], Durations, 5).Count(part => part.Tests.Count == 1));
}
