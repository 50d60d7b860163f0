using System.Globalization;
using Npgsql;

namespace Postgres.Testing.Tests.Servers;

/// <summary>Nothing is left, whoever is killed.</summary>
public class CrashTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_the_owner_leaves_no_process_and_no_folder()
    {
        using var scratch = new Scratch();
        using var owner = OwnerProcess.Start(scratch);
        Assert.StartsWith("[1]" + scratch.Data, await owner.ReportAsync(), StringComparison.Ordinal);
        Assert.NotEmpty(scratch.Processes);
        owner.Kill();
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task Killing_an_owner_whose_PATH_has_no_programs_leaves_nothing_either()
    {
        using var scratch = new Scratch();
        using var owner = OwnerProcess.Start(scratch, environment: variables =>
        {
            variables["PATH"] = "/nonexistent";
            variables["PG_BIN"] = PostgresBinaries.Find().Folder;
        });
        Assert.StartsWith("[1]" + scratch.Data, await owner.ReportAsync(), StringComparison.Ordinal);
        owner.Kill();
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task Killing_the_owner_while_it_makes_the_cluster_leaves_nothing_and_the_next_start_works()
    {
        using var scratch = new Scratch();
        using (var owner = OwnerProcess.Start(scratch))
        {
            await Eventually.TrueAsync(() => Task.FromResult(scratch.Servers.Any(folder => File.Exists(Path.Combine(folder, "data", "PG_VERSION")))), seconds: 180);
            owner.Kill();
        }
        await scratch.NothingLeftAsync();
        await using var server = await EmbeddedPostgres.StartAsync(scratch.Options, Token);
        Assert.NotNull(server.Capabilities.VectorVersion);
    }

    [Fact]
    public async Task A_session_that_was_killed_is_known_before_the_server_ends_of_it()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var server = await EmbeddedPostgres.StartAsync(new() { Workers = 1 }, Token);
            await using var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
            await session.OpenAsync(Token);
            Assert.Null(await server.FindFailureAsync(Token));
            Posix.Signal(session.ProcessID, Posix.SigKill);
            while (!ServerProcesses.HasEnded(session.ProcessID)) await Task.Yield();
            Assert.Contains("was terminated by signal 9", await server.FindFailureAsync(Token), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_folder_that_is_just_being_made_is_not_swept()
    {
        using var scratch = new Scratch();
        using var done = new CancellationTokenSource();
        var sweeps = Task.Run(() => { while (!done.IsCancellationRequested) Leftovers.Sweep([scratch.Data], ServerAccount.Current); }, Token);
        for (var i = 0; i < 2000; i++)
        {
            using var folder = ServerFolder.Create(scratch.Options, ServerAccount.Current);
            Assert.True(File.Exists(folder.Log));
        }
        await done.CancelAsync();
        await sweeps;
    }

    [Fact]
    public async Task A_server_stopped_by_a_signal_goes_with_its_owner()
    {
        using var scratch = new Scratch();
        using var owner = OwnerProcess.Start(scratch);
        await owner.ReportAsync();
        foreach (var process in scratch.Processes.ToList()) Posix.Signal(process, 19); // SIGSTOP
        // The guardian works in the folder too and goes on.
        foreach (var process in scratch.Processes.Where(id => File.ReadAllText($"/proc/{id}/comm").Trim() == "sh").ToList()) Posix.Signal(process, 18);
        owner.Kill();
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task Shared_memory_that_who_makes_a_cluster_had_let_go_of_is_removed_and_nobody_elses()
    {
        if (!Directory.Exists("/dev/shm")) Assert.Skip("The machine has no /dev/shm.");
        using var scratch = new Scratch();
        FileStream? beside = null;
        string[] segments = [.. Enumerable.Range(0, 3).Select(_ => $"/dev/shm/PostgreSQL.{Random.Shared.NextInt64(1L << 40, 1L << 50)}")];
        try
        {
            await File.WriteAllTextAsync(segments[0], "of a server that was there before", Token);
            await Task.Delay(50, Token);
            using var folder = ServerFolder.Create(scratch.Options, null);
            // As postgres in its last moments: neither open nor mapped, and not removed yet.
            await using (var guardian = Guardian.Start(folder, null, GuardianScript.Build, ["/bin/sh", "-c", $"mkdir data; echo x >{segments[1]}; cd data; sleep 60"]))
            {
                guardian.Proceed();
                await Eventually.TrueAsync(() => Task.FromResult(Directory.Exists(folder.Data) && File.Exists(segments[1])));
                beside = File.Create(segments[2]);
            }
            Assert.Equal([true, false, true], segments.Select(File.Exists));
        }
        finally
        {
            if (beside is not null) await beside.DisposeAsync();
            foreach (var segment in segments) File.Delete(segment);
        }
    }

    [Fact]
    public async Task Killing_guardian_and_owner_ends_the_server_and_the_next_start_sweeps_its_folder()
    {
        using var scratch = new Scratch();
        using (var owner = OwnerProcess.Start(scratch))
        {
            await owner.ReportAsync();
            foreach (var guardian in scratch.Processes.Where(id => File.ReadAllText($"/proc/{id}/comm").Trim() == "sh").ToList())
                Posix.Signal(guardian, Posix.SigKill);
            owner.Kill();
            await owner.ExitedAsync();
        }
        if (ServerAccount.Setpriv is not null) await Eventually.TrueAsync(() => Task.FromResult(!scratch.Processes.Any()));
        Assert.Single(scratch.Servers);
        var swept = Leftovers.Sweep([scratch.Data], ServerAccount.Current);
        Assert.Single(swept);
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task A_sweep_leaves_servers_whose_owner_lives_and_folders_that_are_not_servers()
    {
        using var scratch = new Scratch();
        await using var server = await EmbeddedPostgres.StartAsync(scratch.Options, Token);
        var stranger = Directory.CreateDirectory(Path.Combine(scratch.Data, ServerFolder.Prefix + "mine"));
        Assert.Empty(Leftovers.Sweep([scratch.Data], ServerAccount.Current));
        Assert.True(stranger.Exists);
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
    }

    [Fact]
    public void A_sweep_removes_the_folder_of_an_owner_that_was_killed_before_it_could_lock_it()
    {
        using var scratch = new Scratch();
        string[] names = ["0123abcd", "4567abcd", "mine", "89abcdef", "89ab0123"];
        string[] folders = [.. names.Select(name => Path.Combine(scratch.Data, ServerFolder.Prefix + name))];
        foreach (var folder in folders) Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folders[3], "file"), "");
        File.WriteAllText(Path.Combine(folders[4], "owner.lock.new"), "");
        foreach (var folder in folders.Where(folder => folder != folders[1])) Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddMinutes(-2));
        Assert.Equal([folders[0], folders[4]], Leftovers.Sweep([scratch.Data], ServerAccount.Current).Order());
        Assert.Equal(folders[1..4].Order(), scratch.Servers.Order());
    }

    [Fact]
    public async Task A_server_that_was_killed_is_noticed_and_leaves_nothing()
    {
        using var scratch = new Scratch();
        await using (var server = await EmbeddedPostgres.StartAsync(scratch.Options, Token))
        {
            await server.ThrowIfDeadAsync();
            await using var source = NpgsqlDataSource.Create(server.ConnectionString);
            await using var busy = source.CreateCommand("do $$ begin loop end loop; end $$");
            var endless = busy.ExecuteNonQueryAsync(Token);
            await using (var look = source.CreateCommand("select exists (select from pg_stat_activity where state = 'active' and query like 'do $$ begin loop%')"))
                await Eventually.TrueAsync(async () => (bool)(await look.ExecuteScalarAsync(Token))!);
            var pid = (await File.ReadAllLinesAsync(Path.Combine(scratch.Servers.Single(), "data", "postmaster.pid"), Token))[0];
            Posix.Signal(int.Parse(pid, CultureInfo.InvariantCulture), Posix.SigKill);
            await server.Exited.WaitAsync(TimeSpan.FromSeconds(20), Token);
            Assert.Contains("has died", (await Assert.ThrowsAsync<PostgresTestingException>(server.ThrowIfDeadAsync)).Message, StringComparison.Ordinal);
            // Also the backend that did not look whether its server lives.
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => endless.WaitAsync(TimeSpan.FromSeconds(20), Token));
        }
        await scratch.NothingLeftAsync();
    }

    [Fact]
    public async Task A_cancelled_start_leaves_nothing()
    {
        using var scratch = new Scratch();
        for (var delay = 0; delay < 5; delay++)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var start = EmbeddedPostgres.StartAsync(scratch.Options, cancellation.Token);
            // At a later point of the start each time: before the cluster, while it is made, while the server starts.
            if (delay > 0) await Eventually.TrueAsync(() => Task.FromResult(start.IsCompleted || scratch.Servers.Length > 0));
            for (var turn = 1; turn < delay; turn++) await Task.Delay(40, Token);
            await cancellation.CancelAsync();
            try
            {
                await (await start).DisposeAsync();
            }
            catch (OperationCanceledException)
            {
                // It was early enough.
            }
            Assert.Empty(scratch.Servers);
        }
        await scratch.NothingLeftAsync();
    }
}
