using System.ComponentModel;
using System.Diagnostics;
using Npgsql;

namespace Benchmarks.Habits;

/// <summary>A container for each test class of 25 tests, which share it one after the other.</summary>
sealed class ContainerPerClass() : PostgresHabit("container-per-class", "a container per class of 25 tests, DELETE after each test", 4)
{
    const int ClassSize = 25;
    const string Image = "pgvector/pgvector:pg17";

    readonly Dictionary<int, (string Container, NpgsqlDataSource Source, int Tests)> lanes = [];

    public override async Task<string?> MissingAsync(CancellationToken token)
        => await DockerAsync(token, "version", "--format", "{{.Server.Version}}") is null ? "no container runtime answers (docker version)" : null;

    public override Task StartAsync(CancellationToken token) => Task.CompletedTask;

    public override Task<long?> MemoryAsync(CancellationToken token) => Task.FromResult<long?>(null);

    protected override async Task InTestAsync(int lane, Func<NpgsqlDataSource, Task> test, CancellationToken token)
    {
        (string Container, NpgsqlDataSource Source, int Tests) current;
        lock (lanes) lanes.TryGetValue(lane, out current);
        if (current.Tests % ClassSize == 0)
        {
            if (current.Container is not null) await RemoveAsync(current.Container, current.Source);
            current = (await StartContainerAsync(token)) is var (container, source) ? (container, source, 0) : default;
        }
        await test(current.Source);
        await ExecuteAsync(current.Source, "delete from users; delete from memories; alter sequence messages_id_seq restart");
        lock (lanes) lanes[lane] = current with { Tests = current.Tests + 1 };
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var (container, source, _) in lanes.Values) await RemoveAsync(container, source);
        await base.DisposeAsync();
    }

    static async Task<(string Container, NpgsqlDataSource Source)> StartContainerAsync(CancellationToken token)
    {
        var container = await DockerAsync(token, "run", "--detach", "--publish", "127.0.0.1::5432", "--env", "POSTGRES_PASSWORD=test", Image)
            ?? throw new InvalidOperationException($"docker run {Image} failed.");
        var port = (await DockerAsync(token, "port", container, "5432/tcp"))?.Split(':')[^1] ?? throw new InvalidOperationException($"{container} has no port.");
        var source = Open($"Host=127.0.0.1;Port={port};Username=postgres;Password=test;Database=postgres");
        for (var deadline = Stopwatch.StartNew(); ;)
        {
            try
            {
                await AgentWorkload.MigrateAsync(source, token);
                return (container, source);
            }
            catch (NpgsqlException) when (deadline.Elapsed < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(100, token); // it is starting, or restarting after its initialisation
            }
        }
    }

    static async Task RemoveAsync(string container, NpgsqlDataSource source)
    {
        await source.DisposeAsync();
        await DockerAsync(CancellationToken.None, "rm", "--force", "--volumes", container);
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
}
