using System.ComponentModel;
using System.Security.Claims;
using Agent.Memory;
using Agent.Security;
using Agent.Tools;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace Agent.Http;

/// <summary>Threads, messages and the search in memory.</summary>
static class ThreadEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/threads", CreateAsync).WithSummary("Begin a thread");
        api.MapGet("/threads", ListAsync).WithSummary("List your threads, newest first");
        api.MapDelete("/threads/{threadId:guid}", DeleteAsync).WithSummary("Delete a thread with its messages and vectors");
        api.MapGet("/threads/{threadId:guid}/messages", MessagesAsync).WithSummary("List messages: the newest page first, each page in order");
        api.MapPost("/threads/{threadId:guid}/messages", PostAsync)
            .WithSummary("Say something. With 'Accept: text/event-stream' the answer comes as it is made: recalled, delta, tool, profile, done, error")
            .Produces<AgentReply>()
            .RequireRateLimiting(Limits.Turns);
        api.MapGet("/memory/search", SearchAsync).WithSummary("Search what you have said");
    }

    // A body is welcome, not needed.
    static async Task<Created<ThreadCreated>> CreateAsync(
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] CreateThread? thread,
        ClaimsPrincipal user, ThreadStore threads, CancellationToken cancellationToken)
    {
        var made = await threads.CreateAsync(user.UserId(), UserEndpoints.Text(thread?.Title, "title", 200), cancellationToken);
        return TypedResults.Created($"/api/threads/{made.ThreadId}/messages", new ThreadCreated(made.ThreadId, made.CreatedAt));
    }

    static async Task<Ok<ThreadPage>> ListAsync(ClaimsPrincipal user, ThreadStore threads, CancellationToken cancellationToken,
        [Description("nextCursor of the page before")] string? cursor = null, [Description("1 to 100")] int limit = 50)
    {
        var page = await threads.ListAsync(user.UserId(), cursor, CheckLimit(limit), cancellationToken);
        return TypedResults.Ok(new ThreadPage(page.Items, page.NextCursor));
    }

    static async Task<NoContent> DeleteAsync(Guid threadId, ClaimsPrincipal user, ThreadStore threads, CancellationToken cancellationToken)
        => await threads.DeleteAsync(user.UserId(), threadId, cancellationToken) ? TypedResults.NoContent() : throw AgentException.ThreadNotFound();

    static async Task<Ok<MessagePage>> MessagesAsync(Guid threadId, ClaimsPrincipal user, ThreadStore threads, CancellationToken cancellationToken,
        [Description("nextCursor of the page before")] string? cursor = null, [Description("1 to 100")] int limit = 50)
    {
        var page = await threads.MessagesAsync(user.UserId(), threadId, cursor, CheckLimit(limit), cancellationToken);
        return TypedResults.Ok(new MessagePage(page.Items, page.NextCursor));
    }

    static async Task<IResult> PostAsync(Guid threadId, PostMessage body, ClaimsPrincipal user, CareerAgent agent, HttpContext context,
        CancellationToken cancellationToken, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey = null)
    {
        var request = new TurnRequest(body.Message ?? "", user.UserId(), threadId, idempotencyKey ?? body.IdempotencyKey);
        if (!ServerSentEvents.AreWanted(context.Request))
            return TypedResults.Json(await agent.ProcessAsync(request, SilentObserver.Instance, cancellationToken), AgentJson.Options);
        await ServerSentEvents.AnswerAsync(context, agent, request, cancellationToken);
        return TypedResults.Empty;
    }

    static async Task<Ok<SearchAnswer>> SearchAsync(ClaimsPrincipal user, MemorySearch search, CancellationToken cancellationToken,
        [Description("What to look for")] string? q = null, [Description("1 to 50")] int topK = 4,
        [Description("resource (all your threads) or thread")] string scope = "resource", Guid? threadId = null)
    {
        if (string.IsNullOrWhiteSpace(q) || q.Length > 4000 || !StoredText.IsValid(q))
            throw UserEndpoints.Invalid("q", "has 1 to 4000 characters, all of them text");
        if (topK is < 1 or > 50)
            throw UserEndpoints.Invalid("topK", "is 1 to 50");
        if (scope is not ("resource" or "thread"))
            throw UserEndpoints.Invalid("scope", "is 'resource' or 'thread'");
        if (scope == "thread" && threadId is null)
            throw UserEndpoints.Invalid("threadId", "is needed when scope is 'thread'");
        return TypedResults.Ok(new SearchAnswer(
            await search.FindAsync(user.UserId(), q, topK, scope == "thread" ? threadId : null, cancellationToken)));
    }

    static int CheckLimit(int limit) => limit is >= 1 and <= 100 ? limit : throw UserEndpoints.Invalid("limit", "is 1 to 100");
}
