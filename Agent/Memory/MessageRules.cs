namespace Agent.Memory;

/// <summary>What a message may be.</summary>
static class MessageRules
{
    public static void Check(TurnRequest request, LimitOptions limits)
    {
        if (string.IsNullOrWhiteSpace(request.Message))
            throw new AgentException(StatusCodes.Status400BadRequest, "Empty message", "The field 'message' is empty: write something.");
        if (request.Message.Length > limits.MessageLength)
            throw new AgentException(StatusCodes.Status413PayloadTooLarge, "Message too long",
                $"The message has {request.Message.Length} characters; at most {limits.MessageLength} are taken. Send it in parts.");
        // Postgres stores no NUL in text; an unpaired surrogate is not text at all.
        if (request.Message.Contains('\0') || !IsText(request.Message))
            throw new AgentException(StatusCodes.Status400BadRequest, "Invalid message", "The message contains characters that are not text (NUL or half a character).");
        if (request.IdempotencyKey is { } key && (key.Length is 0 or > 200 || key.Contains('\0')))
            throw new AgentException(StatusCodes.Status400BadRequest, "Invalid idempotency key", "An idempotency key has 1 to 200 characters, and no NUL.");
    }

    static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}
