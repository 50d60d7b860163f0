using System.Text.Json;
using System.Text.RegularExpressions;
using Agent.Database;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Agent.Http;

/// <summary>Turns what went wrong into a problem-details answer (RFC 9457) that tells people what to do, and nothing of the inside.</summary>
sealed partial class Problems : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var problem = Of(exception);
        Log(context, exception, problem);
        await WriteAsync(context, problem);
        return true;
    }

    /// <summary>Writes a problem whatever the client accepts: one that asked for an event stream must learn what went wrong, too.</summary>
    public static Task WriteAsync(HttpContext context, ProblemDetails problem) => TypedResults.Problem(problem).ExecuteAsync(context);

    public static ProblemDetails Of(Exception exception) => exception switch
    {
        AgentException e => Problem(e.Status, e.Title, e.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problem(StatusCodes.Status413PayloadTooLarge,
            "Request too large", "The body is larger than the service takes (Agent:Limits:BodyBytes)."),
        BadHttpRequestException e => Problem(e.StatusCode, "Invalid request", Explain(e)),
        DatabaseConfigurationException => Unavailable(),
        NpgsqlException e when IsLoss(e) => Unavailable(),
        _ => Problem(StatusCodes.Status500InternalServerError, "Internal error", "Something went wrong inside. It has been logged."),
    };

    /// <summary>What the pipeline refuses by itself, with nothing but a number.</summary>
    public static ProblemDetails OfStatus(int status) => new()
    {
        Status = status,
        Detail = status switch
        {
            StatusCodes.Status404NotFound => "There is nothing at this address.",
            StatusCodes.Status405MethodNotAllowed => "This address takes other methods; the header 'Allow' names them.",
            StatusCodes.Status413PayloadTooLarge => "The body is larger than the service takes (Agent:Limits:BodyBytes).",
            StatusCodes.Status415UnsupportedMediaType => "The body must be JSON: send it with 'Content-Type: application/json'.",
            _ => null,
        },
    };

    /// <summary>The server is gone, is stopping or starting, has ended the session, or lets nobody in.</summary>
    static bool IsLoss(NpgsqlException e) => e.IsTransient || e.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword
        or PostgresErrorCodes.InvalidAuthorizationSpecification;

    static ProblemDetails Unavailable() => Problem(StatusCodes.Status503ServiceUnavailable,
        "Database unavailable", "The database does not answer as it should. Try again; /health tells when it is back.");

    public static void Log(HttpContext context, Exception exception, ProblemDetails problem)
    {
        if (problem.Status >= 500)
            LogFailed(context.RequestServices.GetRequiredService<ILogger<Problems>>(), exception, problem.Status.Value, problem.Title!);
    }

    static ProblemDetails Problem(int status, string title, string detail) => new() { Status = status, Title = title, Detail = detail };

    /// <summary>The JSON reader's own message has the path and the position; it quotes no more than a character, and may name a type of ours.</summary>
    static string Explain(BadHttpRequestException e) => e.InnerException is JsonException json
        ? $"The body is not the JSON that is expected here: {TypeName().Replace(json.Message, "cannot be read")}"
        : MissingBody().IsMatch(e.Message) ? "The body is missing: send a JSON object."
        : UnfitParameter().Match(e.Message) is { Success: true } unfit
            ? $"The parameter '{unfit.Groups["name"]}' is '{StoredText.Cut(unfit.Groups["value"].Value, 100)}', but it must be "
                + (unfit.Groups["type"].Value.Contains(nameof(Guid), StringComparison.Ordinal) ? $"an id, such as {Guid.Empty}." : "a whole number of at most nine digits.")
        : e.Message;

    [GeneratedRegex(@"could not be converted to [\w.`+\[\], ]+?(?=\. )")]
    private static partial Regex TypeName();

    // All parameters that are not text are numbers and ids.
    [GeneratedRegex(@"^Failed to bind parameter ""(?<type>\S+) (?<name>\w+)"" from ""(?<value>.*)""\.$", RegexOptions.Singleline)]
    private static partial Regex UnfitParameter();

    [GeneratedRegex(@"not provided from body\.|no body was provided")]
    private static partial Regex MissingBody();

    [LoggerMessage(Level = LogLevel.Error, Message = "The request failed with {Status}: {Title}.")]
    static partial void LogFailed(ILogger logger, Exception exception, int status, string title);
}
