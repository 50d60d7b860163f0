namespace Agent;

/// <summary>A request that cannot be answered, with the status and the words of its problem-details answer.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="title">What is wrong, in short.</param>
/// <param name="detail">What is wrong with which value, and what to do.</param>
/// <param name="innerException">The cause.</param>
public sealed class AgentException(int status, string title, string detail, Exception? innerException = null) : Exception(detail, innerException)
{
    public int Status => status;

    public string Title => title;

    /// <summary>The model does not take just this request; another may succeed.</summary>
    internal bool IsRefusal { get; init; }

    /// <summary>The same answer for a thread that does not exist and for one of somebody else: nothing is learned.</summary>
    internal static AgentException ThreadNotFound(Exception? cause = null)
        => new(StatusCodes.Status404NotFound, "Thread not found", "There is no such thread among yours.", cause);

    /// <summary>The account was deleted while the request was under way.</summary>
    internal static AgentException AccountDeleted(Exception cause)
        => new(StatusCodes.Status401Unauthorized, "Account deleted", "This account does not exist any more.", cause);
}
