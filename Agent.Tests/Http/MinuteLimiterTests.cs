using System.Threading.RateLimiting;
using Agent.Http;

namespace Agent.Tests.Http;

public class MinuteLimiterTests
{
    readonly Clock clock = new();

    static double? RetryAfter(RateLimitLease lease) => lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after.TotalSeconds : null;

    [Fact]
    public void Who_is_refused_is_told_when_a_permit_comes_back_and_then_there_is_one()
    {
        using var limiter = new MinuteLimiter(3, clock);
        clock.Seconds = 12;
        Assert.True(limiter.AttemptAcquire().IsAcquired);
        clock.Seconds = 35;
        Assert.True(limiter.AttemptAcquire().IsAcquired);
        Assert.True(limiter.AttemptAcquire().IsAcquired);
        var refused = limiter.AttemptAcquire();
        Assert.False(refused.IsAcquired);
        // The first was in the segment from 10 to 20, which leaves the window at 70.
        Assert.Equal(35, RetryAfter(refused));
        clock.Seconds = 69;
        Assert.Equal(1, RetryAfter(limiter.AttemptAcquire()));
        clock.Seconds = 70;
        Assert.True(limiter.AttemptAcquire().IsAcquired);
        Assert.Equal(20, RetryAfter(limiter.AttemptAcquire()));
        clock.Seconds = 1000;
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => limiter.AttemptAcquire().IsAcquired));
    }

    [Fact]
    public void It_is_idle_when_all_permits_are_back()
    {
        using var limiter = new MinuteLimiter(1, clock);
        clock.Seconds = 5;
        limiter.AttemptAcquire();
        clock.Seconds = 30;
        Assert.Null(limiter.IdleDuration);
        clock.Seconds = 100;
        Assert.NotNull(limiter.IdleDuration);
    }

    sealed class Clock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => TimeSpan.FromSeconds(Seconds).Ticks;
    }
}
