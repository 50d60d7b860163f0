using System.Security.Cryptography;
using Agent.Database;
using Npgsql;

namespace Agent.Security;

/// <summary>A key as its owner sees it in a list; the key itself is shown only when it is made.</summary>
public sealed record ApiKeyInfo(Guid KeyId, string Name, string Prefix, DateTime CreatedAt, DateTime? ExpiresAt, DateTime? RevokedAt);

/// <summary>Keeps and checks API keys.</summary>
public sealed class ApiKeyStore(IDatabaseProvider databases)
{
    static readonly byte[] NoHash = new byte[SHA256.HashSizeInBytes];

    /// <summary>The user whose valid key this is; null for an unknown, wrong, revoked or expired one.</summary>
    public async Task<Guid?> AuthenticateAsync(string? text, CancellationToken cancellationToken)
    {
        if (!ApiKey.TryParse(text, out var key))
            return null;
        await using var connection = await databases.Current.OpenAnonymousAsync("agent.key_prefix", key.Prefix, cancellationToken);
        await using var batch = connection.CreateBatch().Add("""
            select user_id, hash, revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
            from api_keys where prefix = $1
            """, key.Prefix);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var found = await reader.ReadAsync(cancellationToken);
        // Compared in constant time, and compared also when there is nothing to compare with.
        var proved = CryptographicOperations.FixedTimeEquals(key.Hash, found ? reader.GetFieldValue<byte[]>(1) : NoHash);
        return found && proved && reader.GetBoolean(2) ? reader.GetGuid(0) : null;
    }

    /// <summary>Makes a key for a user.</summary>
    /// <exception cref="AgentException">401: the account has been deleted meanwhile.</exception>
    public async Task<(Guid KeyId, ApiKey Key)> CreateAsync(Guid userId, string name, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        var (id, key) = (Guid.CreateVersion7(), ApiKey.Create());
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch();
        AddInsert(batch, userId, id, key, name, lifetime);
        try
        {
            await batch.ExecuteAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw AgentException.AccountDeleted(e);
        }
        return (id, key);
    }

    internal static void AddInsert(UserBatch batch, Guid userId, Guid id, ApiKey key, string name, TimeSpan? lifetime)
        => batch.Add("""
            insert into api_keys (id, user_id, name, prefix, hash, expires_at)
            values ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval)
            """, id, userId, name, key.Prefix, key.Hash, lifetime);

    /// <summary>A user's keys, oldest first.</summary>
    public async Task<IReadOnlyList<ApiKeyInfo>> ListAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add("""
            select id, name, prefix, created_at, expires_at, revoked_at from api_keys where user_id = $1 order by created_at, id limit 1000
            """, userId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var keys = new List<ApiKeyInfo>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetDateTime(3),
                reader.IsDBNull(4) ? null : reader.GetDateTime(4), reader.IsDBNull(5) ? null : reader.GetDateTime(5)));
        }
        return keys;
    }

    /// <summary>Ends a key at once; false when it is not one of the user's.</summary>
    public async Task<bool> RevokeAsync(Guid userId, Guid keyId, CancellationToken cancellationToken)
    {
        await using var connection = await databases.Current.OpenAsync(userId, cancellationToken);
        await using var batch = connection.CreateBatch().Add("""
            update api_keys set revoked_at = coalesce(revoked_at, clock_timestamp()) where user_id = $1 and id = $2 returning id
            """, userId, keyId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken);
    }
}
