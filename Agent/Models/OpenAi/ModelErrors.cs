using System.ClientModel;
using System.Text.Json;

namespace Agent.Models.OpenAi;

/// <summary>Says what a failed call means and which setting mends it. What the endpoint wrote is kept out: it may quote keys and messages.</summary>
static class ModelErrors
{
    /// <summary>Runs a call; its failures become an <see cref="AgentException"/>, cancellation stays what it is.</summary>
    public static async Task<T> CallAsync<T>(Func<Task<T>> call, OpenAiOptions options, string model, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (Explain(e, options, model, cancellationToken) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>Null for what is not the endpoint's failure.</summary>
    public static AgentException? Explain(Exception exception, OpenAiOptions options, string model, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return null;
        var host = HostOf(options);
        return exception switch
        {
            AgentException => null,
            ClientResultException e => OfStatus(e, host, model),
            OperationCanceledException or TimeoutException => Failure(StatusCodes.Status504GatewayTimeout, "The model is too slow",
                $"{host} was silent for {options.TimeoutSeconds} s. Try again, or raise OpenAI:TimeoutSeconds.", exception),
            AggregateException { InnerExceptions: [.., OperationCanceledException or TimeoutException] } => Failure(StatusCodes.Status504GatewayTimeout,
                "The model is too slow", $"{host} was silent for {options.TimeoutSeconds} s. Try again, or raise OpenAI:TimeoutSeconds.", exception),
            AggregateException or HttpRequestException or IOException => Failure(StatusCodes.Status502BadGateway, "The model cannot be reached",
                $"The connection to {host} failed or broke off. Try again, or check OpenAI:Endpoint.", exception),
            JsonException or FormatException or InvalidOperationException or KeyNotFoundException => Nonsense(host, exception),
            _ => null,
        };
    }

    /// <summary>The endpoint answered, but with something else: a page, or an answer in one piece.</summary>
    public static AgentException OtherProtocol(OpenAiOptions options) => Nonsense(HostOf(options), new FormatException());

    public static bool IsQuotaGone(string? body) => body?.Contains("insufficient_quota", StringComparison.Ordinal) == true;

    static AgentException OfStatus(ClientResultException e, string host, string model) => e.Status switch
    {
        401 or 403 => Failure(StatusCodes.Status502BadGateway, "The model's key is wrong",
            $"{host} refuses the key ({e.Status}). Set OpenAI:ApiKey or OPENAI_API_KEY to a valid one; without a key the agent works offline.", e),
        404 => Failure(StatusCodes.Status502BadGateway, "The model does not exist",
            $"{host} knows no model '{model}' or no such address. Check OpenAI:ChatModel, OpenAI:EmbeddingModel and OpenAI:Endpoint.", e),
        429 when IsQuotaGone(e.GetRawResponse()?.Content.ToString()) || IsQuotaGone(e.Message) => Failure(StatusCodes.Status503ServiceUnavailable,
            "The model's quota is used up", $"{host} says that the account has no credit left. Top it up or set another OpenAI:ApiKey; trying again does not help.", e),
        429 => Failure(StatusCodes.Status503ServiceUnavailable, "The model is busy", $"{host} takes no more requests for the moment. Try again in a minute.", e),
        400 or 413 or 422 => Failure(StatusCodes.Status502BadGateway, "The model refused the request",
            $"{host} does not accept the request for '{model}' ({e.Status}); the message may be too long for it, or the model may not know tools.", e, isRefusal: true),
        0 => Failure(StatusCodes.Status502BadGateway, "The model cannot be reached", $"The connection to {host} failed. Try again, or check OpenAI:Endpoint.", e),
        _ => Failure(StatusCodes.Status502BadGateway, "The model failed", $"{host} answered {e.Status}, also when asked again. Try again later.", e),
    };

    static string HostOf(OpenAiOptions options) => options.Endpoint?.Authority ?? "api.openai.com";

    static AgentException Nonsense(string host, Exception cause) => Failure(StatusCodes.Status502BadGateway, "The model answered nonsense",
        $"The answer of {host} is not of the OpenAI protocol. Check OpenAI:Endpoint; it often ends in /v1.", cause);

    // The cause goes on without its text: the SDK puts the endpoint's answer there, and from there it would reach the log.
    static AgentException Failure(int status, string title, string detail, Exception cause, bool isRefusal = false)
        => new(status, title, detail, new InvalidOperationException($"{cause.GetType().Name}{(cause is ClientResultException c ? $" {c.Status}" : "")}")) { IsRefusal = isRefusal };
}
