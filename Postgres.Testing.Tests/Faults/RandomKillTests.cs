using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Postgres.Testing.Tests.Servers;

namespace Postgres.Testing.Tests.Faults;

/// <summary>Whenever a test process is killed, nothing of it is left. <c>FAULT_ROUNDS</c> is how often it is tried, <c>FAULT_SEED</c> when.</summary>
public class RandomKillTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_test_process_killed_at_any_moment_leaves_nothing_and_the_next_start_works()
    {
        var seed = Number("FAULT_SEED") ?? Random.Shared.Next(1_000_000);
        var random = new Random(seed);
        var rounds = Enumerable.Range(0, Number("FAULT_ROUNDS") ?? 4).Select(round => (First: round % 2 == 0, Delay: random.Next(2500))).ToList();
        TestContext.Current.TestOutputHelper!.WriteLine($"FAULT_SEED={seed}");
        using var limit = new SemaphoreSlim(2);
        await Task.WhenAll(rounds.Select(async round =>
        {
            await limit.WaitAsync(Token);
            try
            {
                await KillAsync(round.First, round.Delay);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                throw new InvalidOperationException($"Killed after {round.Delay} ms of a {(round.First ? "first" : "later")} run, FAULT_SEED={seed}: {exception.Message}", exception);
            }
            finally
            {
                limit.Release();
            }
        }));
    }

    /// <summary>Kills a process that starts a server, making the cached cluster first or not, and then leases, fills and resets units.</summary>
    static async Task KillAsync(bool first, int delay)
    {
        using var scratch = new Scratch();
        var before = SharedMemory();
        if (!first) await (await EmbeddedPostgres.StartAsync(scratch.Options, Token)).DisposeAsync();
        using (var owner = OwnerProcess.Start(scratch, new(scratch.NewFile(), scratch.Data, scratch.Cache, Stays: true, Works: true)))
        {
            // The runtime and the runner take most of the first moments.
            await Eventually.TrueAsync(() => Task.FromResult(scratch.Servers.Length > 0), seconds: 180);
            await Task.Delay(delay, Token);
            owner.Kill();
        }
        var killed = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Task.FromResult(!scratch.Processes.Any()));
        await Eventually.TrueAsync(() => Task.FromResult(!IsAbandoned(SharedMemory().Except(before))));
        // Who is killed between making a folder and starting its guardian leaves the folder, with no data in it, to a later start.
        for (var wait = 0; wait < 100 && scratch.Servers.Length > 0; wait++) await Task.Delay(20, Token);
        var orphans = scratch.Servers;
        Assert.All(orphans, folder => Assert.False(Directory.Exists(Path.Combine(folder, "data")), $"{folder} has data"));
        TestContext.Current.TestOutputHelper!.WriteLine($"{(first ? "first run" : "later run")} killed after {delay} ms: {(orphans.Length == 0 ? "nothing" : "an empty folder")} left after {Stopwatch.GetElapsedTime(killed).TotalMilliseconds:0} ms");
        await using var server = await EmbeddedPostgres.StartAsync(scratch.Options, Token);
        Assert.Single(scratch.Servers, folder => File.Exists(Path.Combine(folder, "owner.lock"))); // the orphans were swept
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand("select count(*) from pg_namespace where nspname like 'test_%'");
        Assert.Equal(0L, await command.ExecuteScalarAsync(Token));
    }

    static string[] SharedMemory() => Directory.Exists("/dev/shm") ? Directory.GetFiles("/dev/shm", "PostgreSQL.*") : [];

    /// <summary>Whether nobody uses one of them: other tests make clusters at the same time.</summary>
    static bool IsAbandoned(IEnumerable<string> segments)
    {
        var left = segments.ToHashSet();
        if (left.Count == 0) return false;
        foreach (var process in Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
        {
            try
            {
                left.RemoveWhere(File.ReadAllText(Path.Combine(process, "maps")).Contains);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is somebody else's.
            }
        }
        return left.Any(File.Exists);
    }

    static int? Number(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
