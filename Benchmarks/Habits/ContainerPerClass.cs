using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Postgres.Testing;

namespace Benchmarks.Habits;

/// <summary>A container for each test class of 25 tests, which share it one after the other.</summary>
sealed class ContainerPerClass() : PostgresHabit("container-per-class", "a container per class of 25 tests, DELETE after each test", 4)
{
    const int ClassSize = 25;
    const string Image = "pgvector/pgvector:pg17";

    readonly Dictionary<int, (Running Container, int Tests)> lanes = [];

    public override async Task<string?> MissingAsync(CancellationToken token)
        => await DockerAsync(token, "version", "--format", "{{.Server.Version}}") is null ? "no container runtime answers (docker version)"
            // Not pulled in measured time.
            : await DockerAsync(token, "image", "inspect", "--format", "{{.Id}}", Image) is null ? $"its image is not there: docker pull {Image}" : null;

    public override Task StartAsync(CancellationToken token) => Task.CompletedTask;

    public override Task<long?> MemoryAsync(CancellationToken token)
    {
        List<long?> sizes;
        lock (lanes) sizes = [.. lanes.Values.Select(lane => lane.Container.ProcessId).Where(IsServer).Select(ServerMemory.PssOfTree)];
        // Somebody else's processes do not tell.
        return Task.FromResult(sizes.Count == 0 || sizes.Contains(null) ? null : sizes.Sum());
    }

    // In a class of its own: no new container may come between its tests.
    public override async Task<int?> VectorRowsOf10Async(CancellationToken token)
    {
        await RemoveAllAsync();
        return await base.VectorRowsOf10Async(token);
    }

    protected override async Task InTestAsync(int lane, Func<NpgsqlDataSource, Task> test, CancellationToken token)
    {
        (Running Container, int Tests) current;
        lock (lanes) lanes.TryGetValue(lane, out current);
        if (current.Tests % ClassSize == 0)
        {
            lock (lanes) lanes.Remove(lane);
            if (current.Container is not null) await current.Container.DisposeAsync();
            current = (await StartContainerAsync(token), 0);
            lock (lanes) lanes[lane] = current;
        }
        await test(current.Container.Source);
        await ExecuteAsync(current.Container.Source, "delete from users; delete from memories; alter sequence messages_id_seq restart");
        lock (lanes) lanes[lane] = current with { Tests = current.Tests + 1 };
    }

    public override async ValueTask DisposeAsync()
    {
        await RemoveAllAsync();
        await base.DisposeAsync();
    }

    async Task RemoveAllAsync()
    {
        foreach (var (container, _) in lanes.Values) await container.DisposeAsync();
        lanes.Clear();
    }

    static async Task<Running> StartContainerAsync(CancellationToken token)
    {
        // Named here: a run that fails may leave a container, and says nothing of it.
        var id = $"habits-{Guid.NewGuid():N}";
        try
        {
            if (await DockerAsync(token, "run", "--detach", "--name", id, "--publish", "127.0.0.1::5432", "--env", "POSTGRES_PASSWORD=test", Image) is null)
                throw new InvalidOperationException($"docker run {Image} failed.");
            var port = (await DockerAsync(token, "port", id, "5432/tcp"))?.Split(':')[^1] ?? throw new InvalidOperationException($"{id} has no port.");
            var process = await DockerAsync(token, "inspect", "--format", "{{.State.Pid}}", id) ?? throw new InvalidOperationException($"{id} has no process.");
            var container = new Running(id, int.Parse(process, CultureInfo.InvariantCulture),
                Open($"Host=127.0.0.1;Port={port};Username=postgres;Password=test;Database=postgres"));
            await WaitAsync(container.Source, token);
            await AgentWorkload.MigrateAsync(container.Source, token);
            return container;
        }
        catch
        {
            await DockerAsync(CancellationToken.None, "rm", "--force", "--volumes", id);
            throw;
        }
    }

    static async Task WaitAsync(NpgsqlDataSource source, CancellationToken token)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(token);
                return;
            }
            catch (NpgsqlException) when (waited.Elapsed < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(100, token); // it initialises, or starts
            }
        }
    }

    // The runtime may be in a virtual machine, whose processes are not here.
    static bool IsServer(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").Trim() == "postgres";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static async Task<string?> DockerAsync(CancellationToken token, params string[] arguments)
    {
        try
        {
            using var docker = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = await docker.StandardOutput.ReadToEndAsync(token);
            await docker.WaitForExitAsync(token);
            return docker.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    sealed record Running(string Id, int ProcessId, NpgsqlDataSource Source) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Source.DisposeAsync();
            await DockerAsync(CancellationToken.None, "rm", "--force", "--volumes", Id);
        }
    }
}
