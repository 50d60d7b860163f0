using System.Collections.Concurrent;
using System.Diagnostics;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.XunitLayer;

public class TestSpanTests
{
    [Fact]
    public void A_test_is_a_trace_with_lease_body_and_reset()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TestSpan.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        var name = $"traced {Guid.NewGuid()}";
        var span = new TestSpan(name);
        var trace = Activity.Current!.TraceId;
        span.Phase("lease")!.Dispose();
        span.Body()!.Dispose();
        span.Phase("reset")!.Dispose();
        span.End("failed", "unit_1");

        var own = ended.Where(activity => activity.TraceId == trace).ToList(); // other tests run beside this one
        Assert.Equal(["lease", "body", "reset", $"test {name}"], own.Select(activity => activity.OperationName));
        Assert.All(own.Take(3), phase => Assert.Equal(own[3].SpanId, phase.ParentSpanId));
        Assert.Null(own[3].ParentId);
        Assert.Equal((ActivityStatusCode.Error, "unit_1"), (own[3].Status, own[3].GetTagItem("db.namespace")));
    }
}
