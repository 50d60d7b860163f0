using Agent.Database;

namespace Agent.Memory;

/// <summary>
/// Holds a user's row against deletion, and against nothing else, before the rows that hang on it. A deletion begins with that row; whoever
/// writes the others first and comes to it last would wait for the deletion while the deletion waits for them.
/// </summary>
static class AccountLock
{
    public static UserBatch Hold(UserBatch batch, Guid userId) => batch.Prelude("select from users where id = $1 for key share", userId);
}
