using Agent.Database;
using Agent.Memory;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace Agent.Security;

/// <summary>A user as the API shows them to themselves.</summary>
public sealed record Account(Guid UserId, string Email, string? Name, string? Interest, bool HasCompletedOnboarding, DateTime CreatedAt);

/// <summary>Makes, finds and forgets users.</summary>
public sealed class Accounts(IDatabaseProvider databases)
{
    /// <summary>The platform's own hasher: PBKDF2 with HMAC-SHA512, 100,000 iterations, a salt each.</summary>
    static readonly PasswordHasher<string> Passwords = new();
    static readonly string NobodysHash = Passwords.HashPassword("nobody", Guid.NewGuid().ToString());

    /// <summary>Makes a user with a first key.</summary>
    /// <exception cref="AgentException">409: the email has an account; 400: it cannot be written in small letters.</exception>
    public async Task<(Account Account, ApiKey Key)> CreateAsync(
        string email, string? password, string? name, string? interest, CancellationToken cancellationToken)
    {
        email = Normalize(email);
        var (id, key) = (Guid.CreateVersion7(), ApiKey.Create());
        var profile = new Profile { Name = name, Interest = interest };
        await using var connection = await databases.Current.OpenAsync(id, cancellationToken);
        await using var batch = connection.CreateBatch()
            .Add("""
                insert into users (id, email, password_hash, name, interest) values ($1, $2, $3::text, $4::text, $5::text) returning created_at
                """, id, email, password is null ? null : Passwords.HashPassword(email, password), name, interest)
            .Add("insert into profiles (user_id, username, filtered_data) values ($1, $2::text, $3::jsonb)",
                id, name, ProfileStore.FilteredData(profile));
        ApiKeyStore.AddInsert(batch, id, Guid.CreateVersion7(), key, "first", lifetime: null);
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            var createdAt = reader.GetDateTime(0);
            await reader.DrainAsync(cancellationToken);
            return (new(id, email, name, interest, false, createdAt), key);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.CheckViolation, ConstraintName: "users_email_check" })
        {
            // Some letters, such as İ, are lower case here and not in the database, or the other way round.
            throw new AgentException(StatusCodes.Status400BadRequest, "Invalid request",
                "The field 'email' is not valid: it has a capital letter that has no small one everywhere. Write it in small letters.", e);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new AgentException(StatusCodes.Status409Conflict, "Email is taken", "There is an account with this email. Log in, or use another one.", e);
        }
    }

    /// <summary>The user with this email and password; null when either is wrong.</summary>
    public async Task<Guid?> LogInAsync(string email, string password, CancellationToken cancellationToken)
    {
        email = Normalize(email);
        await using var connection = await databases.Current.OpenAnonymousAsync("agent.email", email, cancellationToken);
        await using var batch = connection.CreateBatch().Add("select id, password_hash from users where email = $1", email);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var found = await reader.ReadAsync(cancellationToken) && !reader.IsDBNull(1);
        // An unknown email takes as long as a wrong password.
        var verdict = Passwords.VerifyHashedPassword(email, found ? reader.GetString(1) : NobodysHash, password);
        return found && verdict != PasswordVerificationResult.Failed ? reader.GetGuid(0) : null;
    }

    public async Task<Account?> FindAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add(
            "select email, name, interest, has_completed_onboarding, created_at from users where id = $1", userId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(userId, reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetBoolean(3), reader.GetDateTime(4))
            : null;
    }

    /// <summary>Removes every trace of a user: all tables hang on <c>users</c>.</summary>
    public async Task ForgetAsync(Guid userId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
                await using var batch = connection.CreateBatch().Add("delete from users where id = $1", userId);
                await batch.ExecuteAsync(cancellationToken);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < 5)
            {
                // With something of theirs that was being written: that one went on, and is done with by now.
            }
        }
    }

    internal static string Normalize(string email) => email.Trim().ToLowerInvariant();
}
