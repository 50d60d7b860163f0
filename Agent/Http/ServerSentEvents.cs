using Agent.Memory;
using Agent.Tools;

namespace Agent.Http;

/// <summary>Answers a post as it happens. The response begins with the first event; what fails before it is a plain problem-details answer.</summary>
static class ServerSentEvents
{
    public static bool AreWanted(HttpRequest request)
        => request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase));

    public static async Task AnswerAsync(HttpContext context, CareerAgent agent, TurnRequest request, CancellationToken cancellationToken)
    {
        var events = new EventWriter(context.Response);
        try
        {
            var reply = await agent.ProcessAsync(request, events, cancellationToken);
            await events.WriteAsync("done", reply, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody is listening any more.
        }
        catch (ClientGoneException)
        {
        }
        catch (Exception e) when (context.Response.HasStarted)
        {
            var problem = Problems.Of(e);
            Problems.Log(context, e, problem);
            await events.WriteAsync("error", problem, cancellationToken);
        }
    }

    sealed class EventWriter(HttpResponse response) : ITurnObserver
    {
        public bool IsStreaming => true;

        public ValueTask RecalledAsync(IReadOnlyList<RecalledMessage> recalled, CancellationToken cancellationToken)
            => WriteAsync("recalled", recalled, cancellationToken);

        public ValueTask TextAsync(string text, CancellationToken cancellationToken) => WriteAsync("delta", new { text }, cancellationToken);

        public ValueTask ToolCalledAsync(string name, bool succeeded, CancellationToken cancellationToken)
            => WriteAsync("tool", new { name, ok = succeeded }, cancellationToken);

        public ValueTask ProfileChangedAsync(Profile profile, IReadOnlyList<ProfileChange> changes, CancellationToken cancellationToken)
            => WriteAsync("profile", new { profile, changes }, cancellationToken);

        public async ValueTask WriteAsync<T>(string name, T data, CancellationToken cancellationToken)
        {
            if (!response.HasStarted)
            {
                response.ContentType = "text/event-stream";
                response.Headers.CacheControl = "no-cache";
                // Proxies that buffer would turn a stream into a wait.
                response.Headers["X-Accel-Buffering"] = "no";
            }
            try
            {
                await response.WriteAsync($"event: {name}\ndata: {AgentJson.Serialize(data)}\n\n", cancellationToken);
                await response.Body.FlushAsync(cancellationToken);
            }
            catch (IOException e)
            {
                throw new ClientGoneException(e);
            }
        }
    }
}
