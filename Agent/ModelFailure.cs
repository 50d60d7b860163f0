namespace Agent;

/// <summary>What people are told when the model fails. The person's message is stored by then.</summary>
static class ModelFailure
{
    public static AgentException Of(Exception exception)
        => new(StatusCodes.Status502BadGateway, "The model failed",
            "The model did not answer. Your message is stored; send it again with the same idempotency key to retry.", exception);
}
