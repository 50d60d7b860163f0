using Agent.Http;
using Agent.Models;

namespace Agent;

/// <summary>The order of the pipeline and the routes.</summary>
static class AgentApplication
{
    public static void UseAgent(this WebApplication app)
    {
        SecurityHeaders.Use(app);
        app.UseExceptionHandler();
        app.UseStatusCodePages(context => Problems.WriteAsync(context.HttpContext, Problems.OfStatus(context.HttpContext.Response.StatusCode)));
        BodyLimit.Use(app);
        BodyEncoding.Use(app);
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();

        app.MapOpenApi();
        var open = app.MapGroup("/api").WithTags("Agent").ProducesProblem(400).ProducesProblem(429);
        open.MapGet("/info", Info).WithSummary("Which models answer");
        UserEndpoints.MapAnonymous(open);
        var own = app.MapGroup("/api").WithTags("Agent").ProducesProblem(400).ProducesProblem(401).ProducesProblem(404).ProducesProblem(429)
            .RequireAuthorization();
        UserEndpoints.Map(own);
        ThreadEndpoints.Map(own);
    }

    static InfoAnswer Info(ModelInfo model) => new(model, model.IsOffline, model.IsOffline
        ? "Offline: the answers come from rules, not from a language model. Set a key to use one."
        : $"Answers come from {model.ChatModel}.");
}
