using System.ClientModel.Primitives;
using System.Globalization;

namespace Agent.Models.OpenAi;

/// <summary>
/// Tries again what may pass: overload and lost connections, after the time the endpoint names in Retry-After, else after growing waits
/// with jitter, so that many clients do not come back at the same moment. An empty account is not tried again: waiting does not fill it.
/// </summary>
sealed class RetryPolicy(int maxRetries, TimeSpan maxDelay, TimeProvider time) : ClientRetryPolicy(maxRetries)
{
    protected override async ValueTask<bool> ShouldRetryAsync(PipelineMessage message, Exception? exception)
    {
        if (message.CancellationToken.IsCancellationRequested || !await base.ShouldRetryAsync(message, exception))
            return false;
        if (message.Response is not { } response)
            return true;
        if (RetryAfter(response) > maxDelay)
            return false;
        if (response.Status != StatusCodes.Status429TooManyRequests)
            return true;
        await response.BufferContentAsync(message.CancellationToken);
        return !ModelErrors.IsQuotaGone(response.Content.ToString());
    }

    protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount)
    {
        if (message.Response is { } response && RetryAfter(response) is { } asked)
            return asked;
        var full = Math.Min(maxDelay.TotalSeconds, 0.5 * Math.Pow(2, Math.Max(0, tryCount - 1)));
        return TimeSpan.FromSeconds(full * (0.5 + (Random.Shared.NextDouble() / 2)));
    }

    TimeSpan? RetryAfter(PipelineResponse response)
    {
        if (response.Headers.TryGetValue("retry-after-ms", out var milliseconds) && Number(milliseconds) is { } ms)
            return TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, 86_400_000));
        if (!response.Headers.TryGetValue("Retry-After", out var value))
            return null;
        if (Number(value) is { } seconds)
            return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86_400));
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, out var date)
            ? date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero
            : null;
    }

    // "NaN" and "Infinity" are read as numbers, too, and are no time.
    static double? Number(string? text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
