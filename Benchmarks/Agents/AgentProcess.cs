using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Agent;
using Postgres.Testing;

namespace Benchmarks.Agents;

/// <summary>The service in a process of its own, started by its own entry point, that also tells what it measures of itself.</summary>
sealed class AgentProcess : IAsyncDisposable
{
    /// <summary>Name of the hidden command that such a process runs.</summary>
    public const string Command = "agent-process";

    const string Mark = "# ";
    readonly Process process;

    readonly Channel<string> lines = Channel.CreateUnbounded<string>();

    AgentProcess(Process process)
    {
        this.process = process;
        // Read all the time: a service whose log nobody takes stands still.
        process.OutputDataReceived += (_, output) =>
        {
            if (output.Data is { } line) lines.Writer.TryWrite(line);
            else lines.Writer.TryComplete();
        };
        process.BeginOutputReadLine();
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Starts it on the server, as in production but for the limits of one user and the migrations, and waits until it listens.</summary>
    public static async Task<AgentProcess> StartAsync(PostgresServer server, CancellationToken token)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, Command) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Agent__MigrateAtStart"] = "true",
            ["Agent__Limits__RequestsPerMinute"] = "1000000000",
            ["Agent__Limits__SignUpsPerMinute"] = "1000000000",
            ["ConnectionStrings__agentdb"] = server.ConnectionString,
        }) start.Environment[name] = value;
        foreach (var name in new[] { "OPENAI_API_KEY", "OpenAI__ApiKey", "OpenAI__Endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT" }) start.Environment.Remove(name);
        var agent = new AgentProcess(Process.Start(start)!);
        try
        {
            const string Listening = "Now listening on: ";
            agent.Address = new(await agent.ReadAsync(line => line.IndexOf(Listening, StringComparison.Ordinal) is var at and >= 0 ? line[(at + Listening.Length)..].Trim() : null, token));
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    /// <summary>Heap after a collection and resident set, in MB.</summary>
    public async Task<(double HeapMb, double ProcessMb)> MemoryAsync(CancellationToken token)
    {
        var values = await AskAsync("memory", token);
        return (values[0], values[1]);
    }

    /// <summary>Milliseconds of processor time since its start.</summary>
    public async Task<double> ProcessorAsync(CancellationToken token) => (await AskAsync("processor", token))[0];

    /// <summary>Begins to follow requests and statements, which costs a little.</summary>
    public Task FollowAsync(CancellationToken token) => AskAsync("follow", token);

    /// <summary>Since <see cref="FollowAsync"/>: requests, milliseconds in them, statements' round trips, and milliseconds in these.</summary>
    public async Task<(double Requests, double RequestMs, double RoundTrips, double DatabaseMs)> FollowedAsync(CancellationToken token)
    {
        var values = await AskAsync("followed", token);
        return (values[0], values[1], values[2], values[3]);
    }

    async Task<double[]> AskAsync(string what, CancellationToken token)
    {
        await process.StandardInput.WriteLineAsync(what.AsMemory(), token);
        await process.StandardInput.FlushAsync(token);
        var answer = await ReadAsync(line => line.StartsWith(Mark, StringComparison.Ordinal) ? line[Mark.Length..] : null, token);
        return [.. answer.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
    }

    async Task<string> ReadAsync(Func<string, string?> find, CancellationToken token)
    {
        var seen = new List<string>();
        await foreach (var line in lines.Reader.ReadAllAsync(token))
        {
            if (find(line) is { } found) return found;
            seen.Add(line);
        }
        throw new InvalidOperationException($"The agent ended before it answered:\n{string.Join('\n', seen)}");
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>What the process does: serves, and answers on its standard input until that ends with the process that started it.</summary>
    public static async Task<int> RunAsync(CancellationToken token)
    {
        var serving = Task.Run(() => (int?)typeof(CareerAgent).Assembly.EntryPoint!.Invoke(null, [Array.Empty<string>()]), CancellationToken.None);
        using var figures = new Figures();
        while (!serving.IsCompleted && await Console.In.ReadLineAsync(token) is { } line)
        {
            Console.WriteLine(Mark + string.Join(' ', line switch
            {
                "memory" => Memory(),
                "processor" => [Environment.CpuUsage.TotalTime.TotalMilliseconds],
                "follow" => figures.Begin(),
                _ => figures.End(),
            }).ToString(CultureInfo.InvariantCulture));
        }
        return serving.IsCompleted ? await serving ?? 1 : 0;
    }

    static double[] Memory()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return [GC.GetTotalMemory(forceFullCollection: true) / 1e6, Environment.WorkingSet / 1e6];
    }

    /// <summary>Adds up the spans that ASP.NET Core and Npgsql make of requests and of batches.</summary>
    sealed class Figures : IDisposable
    {
        readonly ConcurrentDictionary<string, (int Count, double Milliseconds)> spans = [];
        ActivityListener? listener;

        public double[] Begin()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = span => spans.AddOrUpdate(span.Source.Name, (1, span.Duration.TotalMilliseconds),
                    (_, sum) => (sum.Count + 1, sum.Milliseconds + span.Duration.TotalMilliseconds)),
            };
            ActivitySource.AddActivityListener(listener);
            return [];
        }

        public double[] End()
        {
            Dispose();
            var (requests, statements) = (spans.GetValueOrDefault("Microsoft.AspNetCore"), spans.GetValueOrDefault("Npgsql"));
            return [requests.Count, requests.Milliseconds, statements.Count, statements.Milliseconds];
        }

        public void Dispose() => listener?.Dispose();
    }
}
