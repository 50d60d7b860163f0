using System.Security.Cryptography;
using System.Text;

namespace Agent.Memory;

/// <summary>What a person posts.</summary>
/// <param name="Message">What they say.</param>
/// <param name="UserId">The authenticated user.</param>
/// <param name="ThreadId">One of their threads.</param>
/// <param name="IdempotencyKey">The client's name for this post: posted again, it answers with the first result.</param>
public sealed record TurnRequest(string Message, Guid UserId, Guid ThreadId, string? IdempotencyKey = null)
{
    internal byte[] Hash() => SHA256.HashData(Encoding.UTF8.GetBytes($"{ThreadId:N}\n{Message}"));
}
