using System.Collections.Concurrent;
using Npgsql;
using Postgres.Testing.Tests.Isolation;
using Postgres.Testing.Tests.Servers;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.Hostile;

/// <summary>Whatever text reaches the library: it works, or is refused with a message, and nobody else's data is touched.</summary>
public class HostileLibraryTests(EngineServer engine) : IClassFixture<EngineServer>
{
    const string Bystander = "create schema bystander; create table bystander.t (x text); insert into bystander.t values ('untouched'); create table public.t (x text); insert into public.t values ('untouched')";

    static readonly System.Text.UTF8Encoding Lenient = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hostile_input_is_taken_or_refused_and_changes_nothing_else()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"HOSTILE_SEED={HostileValues.Seed} HOSTILE_CASES={HostileValues.Cases}");
        await using var look = new NpgsqlConnection(engine.Server.ConnectionString);
        await look.OpenAsync(Token);
        await EngineServer.ExecuteAsync(look, Bystander, Token);
        await using var databases = await engine.DatabasesAsync("create table t (x text); create table v (e vector); create table n (e vector(3)); create index on n using hnsw (e vector_l2_ops)",
            new() { Workers = 4, NameConnections = true });
        var others = await OthersAsync(look);
        using var scratch = new Scratch();
        Func<HostileValues, Task>[] areas =
        [
            values => LeaseAsync(databases, values), values => SnapshotAsync(databases, values), values => SqlAsync(databases, values), values => VectorAsync(databases, values),
            Refused(values => ServerSettings.Configuration(new() { Settings = new Dictionary<string, string> { [values.Text()] = values.Text() } }, 15, values.Chance(50))),
            Refused(values => LayerSettings.Read(new(), null, 1, _ => values.Text())),
            Refused(values => ServerFolder.Create(scratch.Options with { DataFolder = Path.Combine(scratch.Folder, "none", values.Text().TrimStart('/', '\\')) + "/none" }, null)),
            values => RefusedAsync(() => ExistingPostgres.ConnectAsync($"Host={scratch.Folder};Timeout=1;Database=" + values.Text(), new() { Disposable = values.Chance(50) }, Token)),
            values => ReportAsync(values, scratch), Shards,
        ];
        ConcurrentBag<string> failures = [];
        await Parallel.ForEachAsync(Enumerable.Range(0, HostileValues.Cases), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, async (number, _) =>
        {
            try
            {
                await areas[number % areas.Length](HostileValues.Of(number)).WaitAsync(TimeSpan.FromSeconds(60), Token);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failures.Add($"case {number} (area {number % areas.Length}), HOSTILE_SEED={HostileValues.Seed}: {exception.GetType().Name} {exception.Message} ({exception.InnerException?.Message})\n{exception.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Hostile", StringComparison.Ordinal))}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join('\n', failures.Order().Take(10)));
        Assert.Equal(others, await OthersAsync(look));
    }

    static async Task LeaseAsync(TestDatabases databases, HostileValues values)
    {
        var name = values.Text();
        var db = await databases.TakeAsync(name);
        await db.ExecuteAsync("insert into t values ('mine')");
        var report = await db.ReturnAsync();
        Assert.Equal((name, null), (report.TestName, report.TaintedBy));
        await Assert.ThrowsAsync<ArgumentException>(() => databases.LeaseAsync("scenario", values.Text() + "?", Token));
    }

    static async Task SnapshotAsync(TestDatabases databases, HostileValues values)
    {
        var (name, other) = (values.Text(), values.Text());
        await using var db = await databases.TakeAsync("snapshot");
        await db.SnapshotAsync(name, Token);
        await db.ExecuteAsync("insert into t values ('later')");
        if (other != name) Assert.Contains("no snapshot", (await Assert.ThrowsAsync<PostgresTestingException>(() => db.RestoreAsync(other, Token))).Message, StringComparison.Ordinal);
        await db.RestoreAsync(name, Token);
        Assert.Equal(0L, await db.ScalarAsync<long>("select count(*) from t"));
    }

    /// <summary>What the library writes into SQL by itself.</summary>
    static async Task SqlAsync(TestDatabases databases, HostileValues values)
    {
        // The server's own limits: no NUL, valid Unicode, 63 bytes for names, which are not empty.
        var text = new string([.. values.Text().Where(c => c != '\0' && !char.IsSurrogate(c))]);
        await using var db = await databases.TakeAsync("SQL");
        Assert.Equal(text, await db.ScalarAsync<string>($"select {SqlText.Literal(text)}::text"));
        var name = text.Length > 15 ? text[..15] : text;
        if (name.Length > 0) Assert.Equal(name, await db.ScalarAsync<string>($"select key from json_each_text((select row_to_json(r) from (select 1 as {SqlText.Identifier(name)}) r))"));
    }

    static async Task VectorAsync(TestDatabases databases, HostileValues values)
    {
        await using var db = await databases.TakeAsync("vectors");
        await using (var command = db.DataSource.CreateCommand($"insert into {(values.Chance(50) ? "v" : "n")} values ($1::vector)"))
        {
            command.Parameters.Add(new() { Value = values.Chance(50) ? values.Text() : $"[{string.Join(',', Enumerable.Range(0, values.Pick([0, 1, 3, 3, 16001])).Select(_ => values.Number()))}]" });
            try
            {
                await command.ExecuteNonQueryAsync(Token);
            }
            catch (Exception exception) when (exception is PostgresException or ArgumentException)
            {
                // The server, or the encoder of the text, refuses it.
            }
        }
        Assert.Null((await db.ReturnAsync()).TaintedBy);
    }

    static async Task ReportAsync(HostileValues values, Scratch scratch)
    {
        var folder = scratch.NewFile();
        Directory.CreateDirectory(Path.Combine(folder, "log"));
        var test = new TestRecord { Test = values.Text(), Outcome = "failed", Failures = [values.Text()], Forensics = values.Text(), Findings = [values.Text()], RowsWritten = new Dictionary<string, long> { [values.Text()] = 1 } };
        using (var log = TestRunLog.Open(Path.Combine(folder, "log"), "hostile")) log.Write(test);
        await File.AppendAllTextAsync(Path.Combine(folder, "log", "broken.jsonl"), values.Json("test", "outcome", "process", "bodyMs") + "\n", Lenient, Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "broken.trx"), values.Text(), Lenient, Token);
        var report = RunReportFiles.Collect(Path.Combine(folder, "log"), folder);
        Assert.Contains(report.Tests, read => read.Outcome == "failed");
        RunReportFiles.Write(report, folder, 25);
        var page = await File.ReadAllTextAsync(Path.Combine(folder, "report.html"), Token);
        Assert.Equal(1, page.Split("</script>").Length - 1 - (page.Split("<script").Length - 2));
        Assert.Equal(report.Tests.Count, RunReportFiles.Read(Path.Combine(folder, "report.json")).Tests.Count);
    }

    static Task Shards(HostileValues values)
    {
        string[] tests = [.. Enumerable.Range(0, values.Next(20)).Select(_ => values.Text())];
        var durations = tests.Distinct().ToDictionary(test => test, _ => values.Pick([0, -1, 1e308, double.NaN, double.PositiveInfinity]));
        var shards = ShardPlan.Create(tests, durations, values.Next(9) + 1);
        Assert.Equal(tests.Distinct().Order(StringComparer.Ordinal), shards.SelectMany(shard => shard.Tests).Order(StringComparer.Ordinal));
        return Task.CompletedTask;
    }

    static Func<HostileValues, Task> Refused(Func<HostileValues, object> call) => values => RefusedAsync(() => Task.FromResult(call(values)));

    /// <summary>Not every text is wrong, but what is wrong is said.</summary>
    static async Task RefusedAsync<T>(Func<Task<T>> call)
    {
        try
        {
            (await call() as IDisposable)?.Dispose();
        }
        catch (Exception exception) when (exception is PostgresTestingException or ArgumentException or NpgsqlException)
        {
            Assert.NotEqual("", exception.Message);
        }
    }

    static async Task<string> OthersAsync(NpgsqlConnection look) => string.Join('\n',
        (await look.ListAsync("select x from bystander.t")).Concat(await look.ListAsync("select x from public.t"))
            .Concat(await look.ListAsync("select nspname::text from pg_namespace where nspname !~ '^(test_|pg_)' order by 1")).Concat(await look.ListAsync("select rolname::text from pg_roles order by 1")));
}
