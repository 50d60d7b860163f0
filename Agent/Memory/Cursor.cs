using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Agent.Memory;

/// <summary>Where a page ended: time and id of its last item. It names no user and opens nothing: every query is bound to its own user.</summary>
static class Cursor
{
    // Far in the future, but a timestamp that Postgres knows as a finite one.
    static readonly DateTime Newest = new(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static string Of(DateTime at, string id)
        => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{at.Ticks}:{id}")));

    public static (DateTime At, long Id) ParseMessage(string? cursor)
        => cursor is null ? (Newest, long.MaxValue)
            : Split(cursor) is { } parts && long.TryParse(parts.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? (parts.At, id)
            : throw Invalid();

    public static (DateTime At, Guid Id) ParseThread(string? cursor)
        => cursor is null ? (Newest, Guid.AllBitsSet)
            : Split(cursor) is { } parts && Guid.TryParseExact(parts.Id, "N", out var id) ? (parts.At, id)
            : throw Invalid();

    static (DateTime At, string Id)? Split(string cursor)
    {
        var bytes = new byte[128];
        if (cursor.Length > 128 || !Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, bytes, out var length))
            return null;
        var parts = Encoding.UTF8.GetString(bytes, 0, length).Split(':');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= Newest.Ticks ? (new DateTime(ticks, DateTimeKind.Utc), parts[1]) : null;
    }

    static AgentException Invalid()
        => new(StatusCodes.Status400BadRequest, "Invalid cursor", "The cursor is not one that this API has given. Leave it out to begin with the newest page.");
}
