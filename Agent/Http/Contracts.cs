using Agent.Memory;
using Agent.Security;

namespace Agent.Http;

/// <summary>Sign-up.</summary>
public sealed record CreateUser(string? Email, string? Password = null, string? Name = null, string? Interest = null);

/// <summary>The key is shown here and never again.</summary>
public sealed record UserCreated(Guid UserId, string Email, string ApiKey, DateTime CreatedAt);

public sealed record LogIn(string? Email, string? Password);

public sealed record LoggedIn(Guid UserId, string Email, string ApiKey);

public sealed record CreateThread(string? Title = null);

public sealed record ThreadCreated(Guid ThreadId, DateTime CreatedAt);

public sealed record ThreadPage(IReadOnlyList<ThreadInfo> Threads, string? NextCursor);

/// <summary>A message; the same idempotency key (or header <c>Idempotency-Key</c>) makes a retry answer with the first result.</summary>
public sealed record PostMessage(string? Message, string? IdempotencyKey = null);

public sealed record MessagePage(IReadOnlyList<StoredMessage> Messages, string? NextCursor);

public sealed record ProfileAnswer(Guid UserId, string Email, Profile Profile, bool HasCompletedOnboarding);

public sealed record ProfileHistory(IReadOnlyList<ProfileHistoryEntry> Changes);

public sealed record SearchAnswer(IReadOnlyList<RecalledMessage> Results);

public sealed record CreateKey(string? Name = null, double? ExpiresInDays = null);

/// <summary>The key is shown here and never again.</summary>
public sealed record KeyCreated(Guid KeyId, string ApiKey);

public sealed record KeyList(IReadOnlyList<ApiKeyInfo> Keys);

public sealed record InfoAnswer(Models.ModelInfo Model, bool Offline, string Message);
