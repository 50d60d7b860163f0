using System.Globalization;
using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>Whatever a test did to its unit, the next one gets a unit that equals a fresh one. ORACLE_SEED repeats a run,
/// ORACLE_PROGRAMS makes it longer.</summary>
public class RecyclingPropertyTests(ITestOutputHelper output)
{
    static int Number(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var n) ? n : otherwise;

    [Theory]
    [InlineData(Way.Schema, 40)]
    [InlineData(Way.ThreeSchemas, 8)]
    [InlineData(Way.Database, 6)]
    [InlineData(Way.Managed, 6)]
    [InlineData(Way.TwoPhase, 8)]
    public async Task A_recycled_unit_equals_a_fresh_one_after_any_program(Way way, int few)
    {
        var token = TestContext.Current.CancellationToken;
        var (first, programs) = (Number("ORACLE_SEED", Random.Shared.Next(1_000_000_000)), Number("ORACLE_PROGRAMS", few));
        output.WriteLine($"ORACLE_SEED={first} ORACLE_PROGRAMS={programs}");
        await using var subject = await OracleSubject.StartAsync(way, token);
        var tally = new Tally();
        var fresh = await FreshAsync(subject, token);
        await using var databases = await TestDatabases.CreateAsync(subject.Server, subject.Options with { Reported = tally.Add }, token);
        for (var i = 0; i < programs; i += subject.Units)
        {
            TestProgram[] round = [.. Enumerable.Range(first + i, subject.Units).Select(seed => ProgramGenerator.Generate(seed, subject.More))];
            if (i > 0 && i % 510 == 0) output.WriteLine($"{i} programs: {tally}");
            if (await DifferenceAsync(subject, databases, round, fresh, tally, token) is not { Length: > 0 } difference) continue;
            var shrunk = round.Length > 1 ? round : [await TestProgram.ShrinkAsync(round[0],
                async less => await FailsAloneAsync(subject, less, fresh, token), Number("ORACLE_SHRINKS", 60))];
            Assert.Fail($"After the program of seed {first + i} (ORACLE_SEED={first + i} ORACLE_PROGRAMS={subject.Units}; number {i} of ORACLE_SEED={first}) a unit differs from a fresh one:\n"
                + $"{difference}\n\nThe program, shrunk as far as it fails alone:\n{string.Join("\n-- another unit:\n", (IEnumerable<TestProgram>)shrunk)}");
        }
        output.WriteLine(tally.ToString());
        if (programs >= 100) Assert.True(tally.Recycled > programs / 4, $"Most programs should leave a unit that can be recycled: {tally}");
    }

    static async Task<string[]> FreshAsync(OracleSubject subject, CancellationToken token)
    {
        await using var databases = await TestDatabases.CreateAsync(subject.Server, subject.Options, token);
        await using var lease = await databases.LeaseAsync("fresh", token);
        return await subject.ReadAsync(lease, token);
    }

    /// <summary>Programs of their own pool, twice over: some contaminations show at the second time only.</summary>
    static async Task<bool> FailsAloneAsync(OracleSubject subject, TestProgram program, string[] fresh, CancellationToken token)
    {
        await using var databases = await TestDatabases.CreateAsync(subject.Server, subject.Options, token);
        return await DifferenceAsync(subject, databases, [program], fresh, new(), token) is { Length: > 0 };
    }

    static async Task<string> DifferenceAsync(OracleSubject subject, TestDatabases databases, TestProgram[] round, string[] fresh, Tally tally, CancellationToken token)
    {
        await Task.WhenAll(round.Select(async program =>
        {
            await using var lease = await databases.LeaseAsync("program", token);
            await using var runner = new ProgramRunner(lease);
            await runner.RunAsync(program, token);
            tally.Add(runner.Counts);
            await lease.ReturnAsync();
        }));
        await subject.RemoveEscapedAsync(token);
        List<TestDatabase> next = [];
        try
        {
            List<string> differences = [];
            foreach (var _ in round) next.Add(await databases.LeaseAsync("check", token));
            foreach (var lease in next) differences.Add(SchemaDigest.Difference(fresh, await subject.ReadAsync(lease, token)));
            return string.Join('\n', differences.Where(d => d.Length > 0));
        }
        catch (NpgsqlException exception)
        {
            return $"+ the check failed: {exception.Message}";
        }
        finally
        {
            foreach (var lease in next) await lease.DisposeAsync();
        }
    }

    sealed class Tally
    {
        readonly Lock gate = new();
        int accepted, refused, tainted, leaks;

        public int Recycled { get; private set; }

        public void Add((int Accepted, int Refused) counts)
        {
            lock (gate) (accepted, refused) = (accepted + counts.Accepted, refused + counts.Refused);
        }

        public void Add(LeaseReport report)
        {
            if (report.TestName != "program") return;
            lock (gate)
            {
                if (report.TaintedBy is null) Recycled++; else tainted++;
                leaks += report.Leaks.Count;
            }
        }

        public override string ToString() => $"{Recycled} recycled, {tainted} rebuilt, {leaks} sessions ended, {accepted} statements accepted, {refused} refused";
    }
}
