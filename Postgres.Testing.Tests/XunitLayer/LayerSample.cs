using Notes.Tests;
using Npgsql;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.XunitLayer;

/// <summary>What <see cref="LayerRunTests"/> runs in a process of its own.</summary>
public class LayerSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public async Task Fails_after_two_rows_and_an_error()
    {
        var token = TestContext.Current.CancellationToken;
        await ExecuteAsync("insert into notes (body, embedding) values ('one', '[1, 2, 3]'), ('two', '[3, 2, 1]')", token);
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("select * from no_such_table", token));
        Assert.Fail("on purpose");
    }

    [SampleFact]
    public async Task Passes_with_one_row() => await ExecuteAsync("insert into notes (body, embedding) values ('one', '[1, 2, 3]')", TestContext.Current.CancellationToken);

    [SampleFact]
    public Task Fails_for_a_second_time() => Fails_again();

    [SampleFact]
    public Task Fails_for_a_third_time() => Fails_again();

    [SampleFact]
    public Task Fails_for_a_fourth_time() => Fails_again();

    [SampleFact]
    public async Task Says_its_name()
    {
        await using var command = Db.DataSource.CreateCommand("select current_setting('application_name')");
        TestContext.Current.TestOutputHelper!.WriteLine((string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) ?? "");
    }

    async Task Fails_again()
    {
        await ExecuteAsync("insert into notes (body, embedding) values ('one', '[1, 2, 3]')", TestContext.Current.CancellationToken);
        Assert.Fail("on purpose");
    }

    async Task ExecuteAsync(string sql, CancellationToken token)
    {
        await using var command = Db.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(token);
    }
}

/// <summary>Units of a fixture that has no server of its own.</summary>
public sealed class GuestDatabases(NotesDatabases host) : PostgresFixture
{
    protected override PostgresFixture SharesServerOf => host;

    protected override TestDatabasesOptions Options => new()
    {
        Migrate = async (connection, cancellationToken) =>
        {
            await using var command = new NpgsqlCommand("create table notes (x int)", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        },
    };
}

public abstract class GuestSample(GuestDatabases databases) : DatabaseTest(databases)
{
    protected async Task FailsAsync()
    {
        await using var command = Db.DataSource.CreateCommand("insert into notes values (1)");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Fail("on purpose");
    }
}

public class GuestSampleOne(GuestDatabases databases) : GuestSample(databases), IClassFixture<GuestDatabases>
{
    [SampleFact]
    public Task One_fails() => FailsAsync();

    [SampleFact]
    public Task One_fails_again() => FailsAsync();
}

public class GuestSampleTwo(GuestDatabases databases) : GuestSample(databases), IClassFixture<GuestDatabases>
{
    [SampleFact]
    public Task Two_fails() => FailsAsync();

    [SampleFact]
    public Task Two_fails_again() => FailsAsync();
}

public class LeakSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public async Task Leaves_a_transaction_open()
    {
        var token = TestContext.Current.CancellationToken;
        var connection = await Db.DataSource.OpenConnectionAsync(token);
        await connection.BeginTransactionAsync(token);
        await using var command = new NpgsqlCommand("insert into notes (body, embedding) values ('leaked', '[1, 2, 3]')", connection);
        await command.ExecuteNonQueryAsync(token);
    }
}

/// <summary>Two classes run in parallel; each waits until it has seen the other one's lease.</summary>
public abstract class ParallelSample(NotesDatabases databases) : DatabaseTest(databases)
{
    static readonly TaskCompletionSource<string>[] Units = [new(), new()];

    protected async Task Meets_the_other(int self)
    {
        Units[self].SetResult(Db.SchemaName);
        var other = await Units[1 - self].Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.NotEqual(Db.SchemaName, other);
    }
}

public class ParallelSampleOne(NotesDatabases databases) : ParallelSample(databases)
{
    [SampleFact]
    public Task Meets_two() => Meets_the_other(0);
}

public class ParallelSampleTwo(NotesDatabases databases) : ParallelSample(databases)
{
    [SampleFact]
    public Task Meets_one() => Meets_the_other(1);
}

/// <summary>Of a failed transaction nothing can be read any more.</summary>
[PostgresTests(Isolation = TestIsolation.Transaction)]
public class FailedTransactionSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public Task Fails_once() => FailsAsync();

    [SampleFact]
    public Task Fails_twice() => FailsAsync();

    async Task FailsAsync()
    {
        await using var command = new NpgsqlCommand("select * from no_such_table", Db.Connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>A table that is gone cannot be read either.</summary>
public sealed class PlainDatabases : PostgresFixture
{
    protected override TestDatabasesOptions Options => new()
    {
        FailOnLeak = true,
        Audit = TestAudit.Fail,
        Migrate = async (connection, cancellationToken) =>
        {
            await using var command = new NpgsqlCommand("create table plain (x int)", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        },
    };
}

public class DroppedTableSample(PlainDatabases databases) : DatabaseTest(databases), IClassFixture<PlainDatabases>
{
    [SampleFact]
    public Task Drops_it() => DropsAsync();

    [SampleFact]
    public Task Drops_it_again() => DropsAsync();

    async Task DropsAsync()
    {
        await using var command = Db.DataSource.CreateCommand("drop table plain");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Fail("on purpose");
    }
}

/// <summary>Tests whose own beginning or end fails, and one that returns its lease itself.</summary>
public class FailingLifetimeSample(NotesDatabases databases) : DatabaseTest(databases)
{
    static string Name => TestContext.Current.Test!.TestDisplayName.Split('.')[^1];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Name == nameof(Begins_with_a_failure)) throw new InvalidOperationException("no beginning");
        if (Name == nameof(Begins_with_a_skip)) Assert.Skip("not here");
    }

    public override async ValueTask DisposeAsync()
    {
        if (Name == nameof(Ends_with_a_failure)) throw new InvalidOperationException("no end");
        await base.DisposeAsync();
    }

    [SampleFact]
    public void Begins_with_a_failure() => Assert.Fail("not reached");

    [SampleFact]
    public void Begins_with_a_skip() => Assert.Fail("not reached");

    [SampleFact]
    public void Ends_with_a_failure() => Assert.NotNull(Db);

    [SampleFact]
    public async Task Returns_its_lease_and_fails()
    {
        await Db.ReturnAsync();
        Assert.Fail("on purpose");
    }

    [SampleFact]
    public void Works() => Assert.NotNull(Db);
}

/// <summary>A test whose database is asked for when it has ended.</summary>
public class LateSample(NotesDatabases databases) : DatabaseTest(databases)
{
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Assert.NotNull(Db);
    }

    [SampleFact]
    public void Works_until_it_ends() => Assert.NotNull(Db);
}

/// <summary>Its fixture wants tests to fail for what they leave behind.</summary>
public class StrictSample(PlainDatabases databases) : DatabaseTest(databases), IClassFixture<PlainDatabases>
{
    [SampleFact]
    public async Task Leaves_a_transaction_open()
    {
        var connection = await Db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("insert into plain values (1)", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [SampleFact]
    public async Task Makes_a_role()
    {
        await using var command = Db.DataSource.CreateCommand("create role layer_sample_strict");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [SampleFact]
    public async Task Fails_by_itself()
    {
        await Leaves_a_transaction_open();
        Assert.Fail("on purpose");
    }

    [SampleFact]
    public async Task Leaves_nothing()
    {
        await using var command = Db.DataSource.CreateCommand("insert into plain values (1)");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

public class EscapeSample(NotesDatabases databases) : DatabaseTest(databases)
{
    [SampleFact]
    public async Task Makes_a_role()
    {
        await using var command = Db.DataSource.CreateCommand("create role layer_sample_escapes");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
