using System.Globalization;
using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>Whatever a test did to its unit, the next one gets a unit that equals a fresh one. ORACLE_SEED repeats a run,
/// ORACLE_PROGRAMS makes it longer.</summary>
public class RecyclingPropertyTests(ITestOutputHelper output)
{
    static int Number(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var n) ? n : otherwise;

    [Fact]
    public async Task A_recycled_schema_equals_a_fresh_one_after_any_program()
    {
        var token = TestContext.Current.CancellationToken;
        var (first, programs) = (Number("ORACLE_SEED", Random.Shared.Next(1_000_000_000)), Number("ORACLE_PROGRAMS", 150));
        output.WriteLine($"ORACLE_SEED={first} ORACLE_PROGRAMS={programs}");
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var observer = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await observer.OpenAsync(token);
        await NastySchema.RunAsync(observer, NastySchema.Roles, token);
        var tally = new Tally();
        var fresh = await FreshAsync(server, observer, token);
        await using var databases = await TestDatabases.CreateAsync(server, NastySchema.Options with { Reported = tally.Add }, token);
        for (var i = 0; i < programs; i++)
        {
            var program = ProgramGenerator.Generate(first + i);
            if (i > 0 && i % 500 == 0) output.WriteLine($"{i} programs: {tally}");
            if (await DifferenceAsync(databases, program, fresh, observer, tally, token) is not { Length: > 0 } difference) continue;
            var shrunk = await TestProgram.ShrinkAsync(program,
                async less => await FailsAloneAsync(server, less, fresh, observer, token), Number("ORACLE_SHRINKS", 60));
            Assert.Fail($"After the program of seed {first + i} (ORACLE_SEED={first + i} ORACLE_PROGRAMS=1; number {i} of ORACLE_SEED={first}) a unit differs from a fresh one:\n"
                + $"{difference}\n\nThe program, shrunk as far as it fails alone:\n{shrunk}");
        }
        output.WriteLine(tally.ToString());
        if (programs >= 100) Assert.True(tally.Recycled > programs / 4, $"Most programs should leave a unit that can be recycled: {tally}");
    }

    static async Task<string[]> FreshAsync(PostgresServer server, NpgsqlConnection observer, CancellationToken token)
    {
        await using var databases = await TestDatabases.CreateAsync(server, NastySchema.Options, token);
        await using var lease = await databases.LeaseAsync("fresh", token);
        return await UnitCheck.ReadAsync(lease, observer, token);
    }

    /// <summary>Programs of their own pool, twice over: some contaminations show at the second time only.</summary>
    static async Task<bool> FailsAloneAsync(PostgresServer server, TestProgram program, string[] fresh, NpgsqlConnection observer, CancellationToken token)
    {
        await using var databases = await TestDatabases.CreateAsync(server, NastySchema.Options, token);
        return await DifferenceAsync(databases, program, fresh, observer, new(), token) is { Length: > 0 };
    }

    static async Task<string> DifferenceAsync(TestDatabases databases, TestProgram program, string[] fresh, NpgsqlConnection observer, Tally tally, CancellationToken token)
    {
        await using (var lease = await databases.LeaseAsync("program", token))
        await using (var runner = new ProgramRunner(lease))
        {
            await runner.RunAsync(program, token);
            tally.Add(runner.Counts);
            await lease.ReturnAsync();
        }
        await NastySchema.RunAsync(observer, Escaped, token);
        try
        {
            await using var next = await databases.LeaseAsync("check", token);
            return SchemaDigest.Difference(fresh, await UnitCheck.ReadAsync(next, observer, token));
        }
        catch (NpgsqlException exception)
        {
            return $"+ the check failed: {exception.Message}";
        }
    }

    /// <summary>What the audit reports and leaves in place is taken away by hand, beside the engine, which may be dropping it with its unit.</summary>
    const string Escaped = """
        do $$ declare o text; begin
            for o in select format('drop table if exists %s cascade', oid::regclass) from pg_class where relname like 'outside\__' loop execute o; end loop;
            for o in select format('drop schema if exists %I cascade', nspname) from pg_namespace where nspname like 'elsewhere\__' loop execute o; end loop;
            for o in select format('drop role %I', rolname) from pg_roles where rolname like 'oracle\_role\__' loop execute o; end loop;
            perform lo_unlink(oid) from pg_largeobject_metadata;
        end $$;
        """;

    sealed class Tally
    {
        int accepted, refused, tainted, leaks;

        public int Recycled { get; private set; }

        public void Add((int Accepted, int Refused) counts) => (accepted, refused) = (accepted + counts.Accepted, refused + counts.Refused);

        public void Add(LeaseReport report)
        {
            if (report.TestName != "program") return;
            if (report.TaintedBy is null) Recycled++; else tainted++;
            leaks += report.Leaks.Count;
        }

        public override string ToString() => $"{Recycled} recycled, {tainted} rebuilt, {leaks} sessions ended, {accepted} statements accepted, {refused} refused";
    }
}
