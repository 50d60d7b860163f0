using Microsoft.AspNetCore.Http.Features;

namespace Agent.Http;

/// <summary>Refuses a body that says it is too large before it is read; Kestrel cuts off the ones that do not say.</summary>
static class BodyLimit
{
    public static void Use(WebApplication app)
    {
        var limit = app.Services.GetRequiredService<AgentOptions>().Limits.BodyBytes;
        app.Use((context, next) =>
        {
            if (context.Request.ContentLength > limit)
                throw new AgentException(StatusCodes.Status413PayloadTooLarge, "Request too large",
                    $"The body has {context.Request.ContentLength} bytes; at most {limit} are taken (Agent:Limits:BodyBytes).");
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
                feature.MaxRequestBodySize = limit;
            return next();
        });
    }
}
