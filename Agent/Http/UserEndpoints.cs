using System.ComponentModel;
using System.Net.Mail;
using System.Security.Claims;
using Agent.Memory;
using Agent.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Agent.Http;

/// <summary>Accounts, keys and the profile.</summary>
static class UserEndpoints
{
    public static void MapAnonymous(IEndpointRouteBuilder api)
    {
        api.MapPost("/users", CreateAsync).WithSummary("Create a user; the answer holds their first API key").RequireRateLimiting(Limits.SignUp);
        api.MapPost("/login", LogInAsync).WithSummary("Get a new API key for an email and its password").RequireRateLimiting(Limits.SignUp);
    }

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/me", MeAsync).WithSummary("Your account");
        api.MapDelete("/me", ForgetAsync).WithSummary("Forget everything about you: account, keys, threads, messages, vectors, profile");
        api.MapGet("/profile", ProfileAsync).WithSummary("What the agent knows of you");
        api.MapGet("/profile/history", HistoryAsync).WithSummary("Why it thinks that: every change with the message it came from");
        api.MapPost("/keys", CreateKeyAsync).WithSummary("Make another API key");
        api.MapGet("/keys", ListKeysAsync).WithSummary("List your API keys");
        api.MapDelete("/keys/{keyId:guid}", RevokeKeyAsync).WithSummary("Revoke an API key at once");
    }

    static async Task<Created<UserCreated>> CreateAsync(CreateUser user, Accounts accounts, CancellationToken cancellationToken)
    {
        var email = CheckEmail(user.Email);
        if (user.Password is { Length: < 8 or > 256 })
            throw Invalid("password", "has 8 to 256 characters");
        var (account, key) = await accounts.CreateAsync(
            email, user.Password, Text(user.Name, "name", 200), Text(user.Interest, "interest", 300), cancellationToken);
        return TypedResults.Created("/api/me", new UserCreated(account.UserId, account.Email, key.Text, account.CreatedAt));
    }

    static async Task<Results<Created<LoggedIn>, ProblemHttpResult>> LogInAsync(
        LogIn login, Accounts accounts, ApiKeyStore keys, CancellationToken cancellationToken)
    {
        var email = CheckEmail(login.Email);
        if (login.Password is not { Length: > 0 and <= 256 } || await accounts.LogInAsync(email, login.Password, cancellationToken) is not { } userId)
            return TypedResults.Problem("The email or the password is wrong.", statusCode: StatusCodes.Status401Unauthorized, title: "Log-in failed");
        var (_, key) = await keys.CreateAsync(userId, "log-in", TimeSpan.FromDays(30), cancellationToken);
        return TypedResults.Created("/api/me", new LoggedIn(userId, Accounts.Normalize(email), key.Text));
    }

    static async Task<Results<Ok<Account>, NotFound>> MeAsync(ClaimsPrincipal user, Accounts accounts, CancellationToken cancellationToken)
        => await accounts.FindAsync(user.UserId(), cancellationToken) is { } account ? TypedResults.Ok(account) : TypedResults.NotFound();

    static async Task<NoContent> ForgetAsync(ClaimsPrincipal user, Accounts accounts, CancellationToken cancellationToken)
    {
        await accounts.ForgetAsync(user.UserId(), cancellationToken);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<ProfileAnswer>, NotFound>> ProfileAsync(
        ClaimsPrincipal user, Accounts accounts, ProfileReader profiles, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(user.UserId(), cancellationToken) is not { } account)
            return TypedResults.NotFound();
        var profile = await profiles.ReadAsync(account.UserId, cancellationToken);
        return TypedResults.Ok(new ProfileAnswer(account.UserId, account.Email, profile, account.HasCompletedOnboarding));
    }

    static async Task<Ok<ProfileHistory>> HistoryAsync(
        ClaimsPrincipal user, ProfileReader profiles, CancellationToken cancellationToken,
        [Description("Only this field")] string? field = null, [Description("1 to 200")] int limit = 100)
        => limit is >= 1 and <= 200
            ? TypedResults.Ok(new ProfileHistory(await profiles.HistoryAsync(user.UserId(), Text(field, "field", 100), limit, cancellationToken)))
            : throw Invalid("limit", "is 1 to 200");

    static async Task<Created<KeyCreated>> CreateKeyAsync(CreateKey key, ClaimsPrincipal user, ApiKeyStore keys, CancellationToken cancellationToken)
    {
        if (key.ExpiresInDays is <= 0 or > 3650)
            throw Invalid("expiresInDays", "is more than 0 and at most 3650");
        var lifetime = key.ExpiresInDays is { } days ? TimeSpan.FromDays(days) : (TimeSpan?)null;
        var (id, made) = await keys.CreateAsync(user.UserId(), Text(key.Name, "name", 100) ?? "default", lifetime, cancellationToken);
        return TypedResults.Created($"/api/keys/{id}", new KeyCreated(id, made.Text));
    }

    static async Task<Ok<KeyList>> ListKeysAsync(ClaimsPrincipal user, ApiKeyStore keys, CancellationToken cancellationToken)
        => TypedResults.Ok(new KeyList(await keys.ListAsync(user.UserId(), cancellationToken)));

    static async Task<Results<NoContent, ProblemHttpResult>> RevokeKeyAsync(
        Guid keyId, ClaimsPrincipal user, ApiKeyStore keys, CancellationToken cancellationToken)
        => await keys.RevokeAsync(user.UserId(), keyId, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.Problem("There is no such key among yours.", statusCode: StatusCodes.Status404NotFound, title: "Key not found");

    static string CheckEmail(string? email)
        => email?.Trim() is { Length: > 0 and <= 320 } text && MailAddress.TryCreate(text, out var address) && address.Address == text && StoredText.IsValid(text)
            ? text
            : throw Invalid("email", "is an email address, such as ada@example.org");

    internal static string? Text(string? text, string field, int max)
        => string.IsNullOrWhiteSpace(text) ? null
            : text.Length <= max && StoredText.IsValid(text) ? text.Trim()
            : throw Invalid(field, $"has at most {max} characters, all of them text");

    internal static AgentException Invalid(string field, string rule)
        => new(StatusCodes.Status400BadRequest, "Invalid request", $"The field '{field}' is not valid: it {rule}.");
}
