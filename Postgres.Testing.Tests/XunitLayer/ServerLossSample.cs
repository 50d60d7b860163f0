using Notes.Tests;
using Npgsql;
using Postgres.Testing.Xunit;
using Xunit.v3;

namespace Postgres.Testing.Tests.XunitLayer;

/// <summary>Tests in which something happens to the server, and one after them.</summary>
public abstract class ServerLossSample(NotesDatabases databases) : DatabaseTest(databases)
{
    protected int Postmaster => ServerProcesses.Postmaster(Path.Combine(Path.GetDirectoryName(((EmbeddedPostgres)databases.Server).Log.Path)!, "data"))!.Value;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sends a signal to the postmaster, or to the session's own process, while a query runs that would take a minute.</summary>
    protected async Task Loses_it(int signal, bool session)
    {
        await using var connection = await Db.DataSource.OpenConnectionAsync(Token);
        await using var command = new NpgsqlCommand("select pg_sleep(60)", connection) { CommandTimeout = 90 };
        var query = command.ExecuteNonQueryAsync(Token);
        Posix.Signal(session ? connection.ProcessID : Postmaster, signal);
        if (signal == 19 && !session) await using (await Db.DataSource.OpenConnectionAsync(Token)) { }
        await query;
    }

    protected async Task Works()
    {
        await using var command = Db.DataSource.CreateCommand("insert into notes (body, embedding) values ('one', '[1, 2, 3]') returning id");
        Assert.Equal(1, await command.ExecuteScalarAsync(Token));
    }
}

[TestCaseOrderer(typeof(ByName))]
public class KilledServerSample(NotesDatabases databases) : ServerLossSample(databases)
{
    [SampleFact]
    public Task A_loses_the_server_to_SIGKILL() => Loses_it(Posix.SigKill, session: false);

    [SampleFact]
    public Task B_works() => Works();

    [SampleFact]
    public Task C_loses_a_session_to_SIGKILL() => Loses_it(Posix.SigKill, session: true);

    [SampleFact]
    public Task D_works() => Works();

    [SampleFact]
    public async Task E_loses_the_server_and_does_not_notice()
    {
        await Works();
        var postmaster = Postmaster;
        Posix.Signal(postmaster, Posix.SigKill);
        // On a busy machine a process that was killed goes on to live for a while, and the test would end before it.
        while (ServerProcesses.IsRunning(postmaster)) await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    [SampleFact]
    public Task F_works() => Works();
}

[TestCaseOrderer(typeof(ByName))]
public class StoppedServerSample(NotesDatabases databases) : ServerLossSample(databases)
{
    [SampleFact]
    public Task A_has_its_server_stopped() => Loses_it(19, session: false);

    [SampleFact]
    public Task B_works() => Works();

    [SampleFact]
    public Task C_has_its_session_stopped() => Loses_it(19, session: true);

    [SampleFact]
    public Task D_works() => Works();
}

/// <summary>Tests of a class in the order of their names.</summary>
public sealed class ByName : ITestCaseOrderer
{
    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, global::Xunit.Sdk.ITestCase
        => [.. testCases.OrderBy(test => test.TestCaseDisplayName, StringComparer.Ordinal)];
}
