using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;

namespace Agent.Http;

/// <summary>How much one user, or one address, may ask for. Each replica counts for itself.</summary>
static class Limits
{
    public const string SignUp = "sign-up";
    public const string Turns = "turns";

    public static void Add(IServiceCollection services, LimitOptions limits) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => UserOf(context) is { } user
            ? PerMinute(user, limits.RequestsPerMinute)
            : RateLimitPartition.GetNoLimiter(""));
        limiter.AddPolicy(SignUp, context => PerMinute(AddressOf(context), limits.SignUpsPerMinute));
        // Turns of one user queue up here and not in the pool of connections, which others need too.
        limiter.AddPolicy(Turns, context => RateLimitPartition.GetConcurrencyLimiter(UserOf(context) ?? AddressOf(context), _ => new()
        {
            PermitLimit = limits.ConcurrentTurns,
            QueueLimit = limits.ConcurrentTurns * 8,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }));
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = async (rejected, _) =>
        {
            var response = rejected.HttpContext.Response;
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? (int)Math.Ceiling(after.TotalSeconds) : 1;
            response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            await Problems.WriteAsync(rejected.HttpContext, new()
            {
                Status = response.StatusCode,
                Title = "Too many requests",
                Detail = $"You ask for more than the limit allows. Try again in {wait} s.",
            });
        };
    });

    static string? UserOf(HttpContext context) => context.User.FindFirstValue(ClaimTypes.NameIdentifier);

    static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "local";

    static RateLimitPartition<string> PerMinute(string partition, int permits)
        => RateLimitPartition.Get(partition, _ => new MinuteLimiter(permits, TimeProvider.System));
}
