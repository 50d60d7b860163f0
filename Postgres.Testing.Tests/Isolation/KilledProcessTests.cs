using Npgsql;
using Postgres.Testing.Tests.Servers;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>Test processes that share a server, one of which is ended by SIGKILL in the middle of a test.</summary>
public class KilledProcessTests(EngineServer engine) : IClassFixture<EngineServer>
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestIsolation.Schema, "kept", false)]
    [InlineData(TestIsolation.Schema, null, true)]
    [InlineData(TestIsolation.Database, "kept", true)]
    public async Task Its_units_are_free_for_the_next_process(TestIsolation isolation, string? key, bool commits)
    {
        await ExistingPostgres.MarkDisposableAsync(engine.Server.ConnectionString, Token);
        var units = new OwnedUnits(engine.Server.ConnectionString, isolation, key is null ? null : $"{key} {Guid.NewGuid()}", commits);
        using var scratch = new Scratch();
        using var owner = OwnerProcess.Start(scratch, new(scratch.NewFile(), null, null, Stays: true, Units: units));
        var unit = await owner.ReportAsync();
        Assert.StartsWith("test_", unit, StringComparison.Ordinal);

        // While it lives, nobody else gets or drops what it has.
        await using (var beside = await TestDatabases.CreateAsync(engine.Server, units.Options, Token))
            Assert.NotEqual(unit, await NameAsync(beside));
        Assert.Contains(unit, await UnitsAsync());

        owner.Kill();
        await owner.ExitedAsync();
        await Eventually.TrueAsync(async () =>
        {
            await using var next = await TestDatabases.CreateAsync(engine.Server, units.Options with { Workers = 2 }, Token);
            // A kept unit is taken over clean; a private one is dropped.
            if (key is null) return !(await UnitsAsync()).Contains(unit);
            await using var one = await next.TakeAsync("one");
            await using var two = await next.TakeAsync("two");
            foreach (var lease in new[] { one, two })
            {
                Assert.Equal(2L, await lease.ScalarAsync<long>("select count(*) from s"));
                Assert.Equal(1, await lease.ScalarAsync<int>("insert into t (x) values (7) returning id"));
            }
            return one.Unit == unit || two.Unit == unit;
        });
    }

    static async Task<string> NameAsync(TestDatabases databases)
    {
        await using var lease = await databases.TakeAsync("beside");
        return lease.Unit;
    }

    async Task<string[]> UnitsAsync()
    {
        await using var admin = new NpgsqlConnection(engine.Server.ConnectionString);
        await admin.OpenAsync(Token);
        return await admin.ListAsync("select name from postgres_testing.units");
    }
}
