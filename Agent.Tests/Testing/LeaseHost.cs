using Agent.Database;
using Agent.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Postgres.Testing;

namespace Agent.Tests.Testing;

/// <summary>A service of one table <c>notes</c> that finds its database the way the agent does, on a server of its own.</summary>
public sealed class LeaseHost : IAsyncLifetime
{
    public const string Key = "the-key-of-this-boot-0123456789abcdef";
    EmbeddedPostgres? server;

    public EmbeddedPostgres Server => server ?? throw new InvalidOperationException("not initialized");

    public async ValueTask InitializeAsync()
    {
        server = await EmbeddedPostgres.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await ExecuteAsync("create schema agent; create table agent.notes (note text)");
    }

    public ValueTask DisposeAsync() => server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Makes an empty schema for one test.</summary>
    public async Task<string> MakeSchemaAsync()
    {
        var schema = $"Test {Guid.NewGuid():N}.ä%";
        await ExecuteAsync($"create schema \"{schema}\"; create table \"{schema}\".notes (note text)");
        return schema;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<string[]> NotesAsync(string schema)
    {
        await using var connection = new NpgsqlConnection(Server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"select coalesce(array_agg(note order by note), '{{}}') from \"{schema}\".notes", connection);
        return (string[])(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Starts the service; its requests write the note that they are given, and with <c>?later</c> after the answer.</summary>
    /// <param name="environment">Name of the environment.</param>
    /// <param name="key">Key of the leases.</param>
    /// <param name="settings">Other settings.</param>
    /// <param name="logs">Takes what is logged.</param>
    /// <param name="later">Lets those write that do it after the answer.</param>
    /// <param name="together">Requests that must have come in before the first of them writes.</param>
    public async Task<WebApplication> StartAsync(
        string environment = "Test", string? key = Key, IDictionary<string, string?>? settings = null, ILoggerProvider? logs = null,
        TaskCompletionSource? later = null, int together = 1)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = 0;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment, ApplicationName = "Leased" });
        builder.Logging.ClearProviders();
        if (logs is not null) builder.Logging.AddProvider(logs);
        builder.Configuration[TestLease.KeySetting] = key;
        foreach (var (name, value) in settings ?? new Dictionary<string, string?>()) builder.Configuration[name] = value;
        builder.Services.AddSingleton(_ => new AgentDatabase(new DatabaseConfig { ConnectionString = Server.ConnectionString }));
        builder.Services.AddSingleton<IDatabaseProvider, HomeProvider>();
        builder.AddTestLeases();

        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/notes/{note}", async (string note, HttpRequest request, IDatabaseProvider databases, ILogger<LeaseHost> logger) =>
        {
            Written(logger, note, null);
            if (Interlocked.Increment(ref arrived) == together) all.SetResult();
            await all.Task;
            if (!request.Query.ContainsKey("later")) return await WriteAsync(databases, note);
            _ = Task.Run(async () =>
            {
                await later!.Task;
                await WriteAsync(databases, note);
            });
            return 0;
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    static async Task<int> WriteAsync(IDatabaseProvider databases, string note)
    {
        await using var command = databases.Current.DataSource.CreateCommand("insert into notes values ($1)");
        command.Parameters.Add(new() { Value = note });
        return await command.ExecuteNonQueryAsync();
    }

    static readonly Action<ILogger, string, Exception?> Written = LoggerMessage.Define<string>(LogLevel.Information, default, "write {Note}");

    sealed class HomeProvider(AgentDatabase database) : IDatabaseProvider
    {
        public AgentDatabase Current => database;
    }
}
