using System.Threading.RateLimiting;

namespace Agent.Http;

/// <summary>
/// So many permits in any minute, counted in six segments of ten seconds; who is refused is told when the next permit comes back. The
/// platform's sliding window does not tell.
/// </summary>
sealed class MinuteLimiter(int permits, TimeProvider time) : RateLimiter
{
    const int Segments = 6;
    static readonly long Segment = TimeSpan.FromSeconds(10).Ticks;
    static readonly RateLimitLease Granted = new Lease(true, null);

    readonly Lock gate = new();
    readonly int[] used = new int[Segments];
    readonly long start = time.GetTimestamp();
    long current;
    long lastUsed;

    /// <inheritdoc/>
    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (gate)
                return Now() - lastUsed is var idle && idle > Segment * Segments ? TimeSpan.FromTicks(idle) : null;
        }
    }

    /// <inheritdoc/>
    public override RateLimiterStatistics? GetStatistics() => null;

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (gate)
        {
            var now = Now();
            // Segments that the window has left are empty again.
            for (var i = 0; current < now / Segment; current++, i++)
            {
                if (i >= Segments)
                {
                    current = now / Segment;
                    break;
                }
                used[(current + 1) % Segments] = 0;
            }
            if (used.Sum() + permitCount <= permits)
            {
                lastUsed = now;
                used[current % Segments] += permitCount;
                return Granted;
            }
            var oldest = current - Segments + 1;
            while (oldest < current && used[(oldest + Segments) % Segments] == 0)
                oldest++;
            return new Lease(false, TimeSpan.FromTicks((oldest + Segments) * Segment - now));
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) => new(AttemptAcquireCore(permitCount));

    long Now() => time.GetElapsedTime(start).Ticks;

    sealed class Lease(bool isAcquired, TimeSpan? retryAfter) : RateLimitLease
    {
        public override bool IsAcquired => isAcquired;

        public override IEnumerable<string> MetadataNames => retryAfter is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = retryAfter;
            return retryAfter is not null && metadataName == MetadataName.RetryAfter.Name;
        }
    }
}
