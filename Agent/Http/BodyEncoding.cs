using System.Text;
using Microsoft.Net.Http.Headers;

namespace Agent.Http;

/// <summary>Refuses a body in an encoding that does not exist here; the reader of JSON would take it for a failure of the service.</summary>
static class BodyEncoding
{
    public static void Use(WebApplication app) => app.Use((context, next)
        => MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && type.Charset.HasValue && !IsKnown(HeaderUtilities.RemoveQuotes(type.Charset).ToString())
            ? throw new AgentException(StatusCodes.Status415UnsupportedMediaType, "Unsupported encoding",
                $"The charset '{type.Charset}' of the Content-Type is not known here. Send the JSON as UTF-8.")
            : next());

    static bool IsKnown(string charset)
    {
        try
        {
            return Encoding.GetEncoding(charset) is not null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
