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
        if (!StoredText.IsValid(request.Message))
            throw new AgentException(StatusCodes.Status400BadRequest, "Invalid message", "The message contains characters that are not text (NUL or half a character).");
        if (request.IdempotencyKey is { } key && (key.Length is 0 or > 200 || !StoredText.IsValid(key)))
            throw new AgentException(StatusCodes.Status400BadRequest, "Invalid idempotency key", "An idempotency key has 1 to 200 characters, all of them text.");
    }
}
