using System.Text.Json;
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
        DatabaseConfigurationException or NpgsqlException { IsTransient: true } => Problem(StatusCodes.Status503ServiceUnavailable,
            "Database unavailable", "The database does not answer as it should. Try again; /health tells when it is back."),
        _ => Problem(StatusCodes.Status500InternalServerError, "Internal error", "Something went wrong inside. It has been logged."),
    };

    public static void Log(HttpContext context, Exception exception, ProblemDetails problem)
    {
        if (problem.Status >= 500)
            LogFailed(context.RequestServices.GetRequiredService<ILogger<Problems>>(), exception, problem.Status.Value, problem.Title!);
    }

    static ProblemDetails Problem(int status, string title, string detail) => new() { Status = status, Title = title, Detail = detail };

    /// <summary>The JSON reader's own message has the path and the position; it quotes no more than a character.</summary>
    static string Explain(BadHttpRequestException e)
        => e.InnerException is JsonException json ? $"The body is not the JSON that is expected here: {json.Message}" : e.Message;

    [LoggerMessage(Level = LogLevel.Error, Message = "The request failed with {Status}: {Title}.")]
    static partial void LogFailed(ILogger logger, Exception exception, int status, string title);
}
