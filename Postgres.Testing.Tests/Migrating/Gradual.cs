using System.Reflection;
using Npgsql;
using Postgres.Testing;
using Xunit;

namespace Notes.Tests.Migrating;

// region flag
/// <summary>Marks a class whose tests have moved. LEASED_DATABASES=1 moves all for one run, =0 none.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class LeasedAttribute : Attribute;

/// <summary>Old and new side by side: a test asks for <see cref="Source"/> and does not know which it got.</summary>
public abstract class GradualTest(NotesDatabases databases) : IAsyncLifetime
{
    TestDatabase? lease;

    bool IsLeased => Environment.GetEnvironmentVariable("LEASED_DATABASES") switch
    {
        "1" => true,
        "0" => false,
        _ => GetType().GetCustomAttribute<LeasedAttribute>() is not null,
    };

    protected NpgsqlDataSource Source => lease?.DataSource ?? OldServer.DataSource;

    public async ValueTask InitializeAsync()
    {
        if (IsLeased) lease = await databases.Databases.LeaseAsync(TestContext.Current.Test!.TestDisplayName, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (lease is not null) await lease.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

[Collection("shared database")]
public class NotYetMoved(NotesDatabases databases) : GradualTest(databases)
{
    [Fact]
    public async Task A_note_is_stored()
    {
        await using var connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, await NoteStore.AddAsync(connection, "tomatoes"));
    }
}

[Leased]
public class AlreadyMoved(NotesDatabases databases) : GradualTest(databases)
{
    [Fact]
    public async Task A_note_is_stored()
    {
        await using var connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await NoteStore.AddAsync(connection, "tomatoes"));
    }
}
// endregion
