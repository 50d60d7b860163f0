using System.Diagnostics;
using Agent.Tests.Hosting;
using AppHost;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Polly.Timeout;
using Postgres.Testing;

namespace Agent.Tests.Aspire;

/// <summary>The AppHost in test mode: its database as a server for leases, and its agent as a process of its own.</summary>
sealed class AspireServer : PostgresServer, IAgentProcess
{
    // A container that starts takes 10 s on a quiet machine; a start that takes longer than this hangs.
    static readonly TimeSpan startTimeout = TimeSpan.FromSeconds(120);
    static readonly TimeSpan stopTimeout = TimeSpan.FromSeconds(10);
    readonly DistributedApplication application;

    /// <summary>Key under which a container stays warm for the next run; unset, each boot has one of its own.</summary>
    public const string ReuseVariable = "AGENT_TESTS_REUSE";

    readonly ResourceLogs logs;
    readonly AspireWatch watch;
    int disposed;

    AspireServer(DistributedApplication application, ResourceLogs logs, string connectionString, PostgresCapabilities capabilities, string leaseKey)
    {
        (this.application, this.logs, ConnectionString, Capabilities, LeaseKey) = (application, logs, connectionString, capabilities, leaseKey);
        watch = new(application, logs);
    }

    public override string ConnectionString { get; }

    public override PostgresCapabilities Capabilities { get; }

    public string LeaseKey { get; }

    /// <exception cref="AspireException">The AppHost broke off; the message has the state and last lines of each resource.</exception>
    public Uri Address => watch.Lost is { } lost ? throw new AspireException(lost) : application.GetEndpoint("agent", "http");

    /// <summary>How long the database took from the start of the model until it was healthy.</summary>
    public TimeSpan DatabaseStart { get; private init; }

    /// <summary>The running model, for tests of Aspire itself.</summary>
    public DistributedApplication Application => application;

    /// <summary>Boots the AppHost and waits until the agent takes requests.</summary>
    /// <param name="database">What stands behind <c>agentdb</c>.</param>
    /// <param name="logs">Takes each line that a resource writes.</param>
    /// <param name="configure">Changes the model before it starts.</param>
    /// <param name="cancellationToken">Ends the start; nothing is left then.</param>
    /// <exception cref="AspireException">It did not start; the message has the state and last lines of each resource.</exception>
    public static async Task<AspireServer> StartAsync(
        DatabaseKind database, ResourceLogs logs, Action<IDistributedApplicationTestingBuilder>? configure = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await BootAsync(database, logs, configure, cancellationToken);
        }
        catch (AspireException e) when (e.InnerException is TimeoutRejectedException)
        {
            // Aspire gives its orchestrator 20 s to answer, which no setting changes; many that start at once on a small machine need more.
            return await BootAsync(database, logs, configure, cancellationToken);
        }
    }

    static async Task<AspireServer> BootAsync(
        DatabaseKind database, ResourceLogs logs, Action<IDistributedApplicationTestingBuilder>? configure, CancellationToken cancellationToken)
    {
        if (await AspirePreflight.OfThisMachine.FindProblemsAsync(database, cancellationToken) is { Count: > 0 } problems)
            throw new AspireException(string.Join(Environment.NewLine, problems));

        // Before the agent migrates it: a database that somebody would miss has no mark.
        if (database == DatabaseKind.External)
        {
            await using var marked = await ExistingPostgres.ConnectAsync(
                AspirePreflight.OfThisMachine.Configuration.GetConnectionString("agentdb")!, new() { Disposable = true }, cancellationToken);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(startTimeout);
        var token = deadline.Token;
        DistributedApplication? application = null;
        try
        {
            var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
                ["--mode=test", $"--database={database}", $"--reuse={Environment.GetEnvironmentVariable(ReuseVariable)}"], token);
            // What is left behind is cleared by the orchestrator, which outlives us: nobody needs to wait for it.
            builder.Configuration["DcpPublisher:WaitForResourceCleanup"] = "false";
            builder.Configuration["ASPIRE_ENABLE_CONTAINER_TUNNEL"] = "false";
            builder.Services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
            configure?.Invoke(builder);
            application = await builder.BuildAsync(token);
            var begun = Stopwatch.GetTimestamp();
            await application.StartAsync(token);
            await application.ResourceNotifications.WaitForResourceHealthyAsync("agentdb", WaitBehavior.StopOnResourceUnavailable, token);
            var databaseStart = Stopwatch.GetElapsedTime(begun);
            await application.ResourceNotifications.WaitForResourceHealthyAsync("agent", WaitBehavior.StopOnResourceUnavailable, token);

            var connectionString = new NpgsqlConnectionStringBuilder(await application.GetConnectionStringAsync("agentdb", token))
            {
                PersistSecurityInfo = true, // tests open connections of their own by what a data source tells
                IncludeErrorDetail = true,
            }.ConnectionString;
            // The model has just made it; an external one was marked by whoever owns it.
            if (database != DatabaseKind.External) await ExistingPostgres.MarkDisposableAsync(connectionString, token);
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(token);
            var key = application.Services.GetRequiredService<DistributedApplicationModel>().Resources
                .OfType<ParameterResource>().Single(parameter => parameter.Name == AppHost.TestLeaseExtensions.KeyParameter);
            return new(application, logs, connectionString, await PostgresCapabilities.ReadAsync(connection, token), (await key.GetValueAsync(token))!)
            {
                DatabaseStart = databaseStart,
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var message = AspireException.Describe(application, logs, "The AppHost did not start", e is OperationCanceledException
                ? $"it was not ready after {startTimeout.TotalSeconds:0} s" : e.Message);
            await StopAsync(application);
            throw new AspireException(message, e);
        }
        catch
        {
            await StopAsync(application);
            throw;
        }
    }

    public override async Task<string?> FindFailureAsync(CancellationToken cancellationToken = default)
        => await base.FindFailureAsync(cancellationToken) is { } reason
            ? watch.Lost ?? AspireException.Describe(application, logs, "The database does not answer", reason) : null;

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        await watch.DisposeAsync();
        await using (var pool = new NpgsqlConnection(ConnectionString)) NpgsqlConnection.ClearPool(pool);
        await StopAsync(application);
    }

    // Bounded: a stop that hangs must not hold the run up. The orchestrator notices that we are gone and clears up.
    static async Task StopAsync(DistributedApplication? application)
    {
        if (application is null) return;
        var watch = Stopwatch.StartNew();
        try
        {
            using var deadline = new CancellationTokenSource(stopTimeout);
            await application.StopAsync(deadline.Token).WaitAsync(stopTimeout, CancellationToken.None);
            await application.DisposeAsync().AsTask().WaitAsync(stopTimeout, CancellationToken.None);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"The AppHost did not stop within {watch.Elapsed.TotalSeconds:0} s; its orchestrator clears up on its own.");
        }
    }
}
