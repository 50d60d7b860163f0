using Agent;
using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Agent.Security;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Benchmarks.Habits;

/// <summary>One test of the suite: a user signs up and has three turns of conversation with the agent, whose answers, profile and
/// vectors are asserted. The model is the offline one.</summary>
static class AgentWorkload
{
    static readonly ServiceProvider Models = new ServiceCollection().AddAgentModels(new ConfigurationBuilder().Build()).BuildServiceProvider();
    static readonly AgentOptions Options = new();

    /// <summary>A table beside the agent's, for the vector case.</summary>
    const string VectorCaseTable = """
        create table memories (id bigint generated always as identity primary key, body text, embedding vector(16) not null);
        create index on memories using hnsw (embedding vector_l2_ops);
        """;

    public static DatabaseConfig Config(string connectionString, string schema) => new() { ConnectionString = connectionString, SchemaName = schema, Type = DatabaseType.Test };

    /// <summary>Makes the agent's schema in a database that may be empty.</summary>
    public static async Task MigrateAsync(NpgsqlDataSource source, CancellationToken token)
    {
        await using var database = new AgentDatabase(Config(source.ConnectionString, "agent"), source);
        await Migrator.MigrateAsync(database, token);
        await using var command = source.CreateCommand(VectorCaseTable);
        await command.ExecuteNonQueryAsync(token);
    }

    /// <summary>Makes the agent's tables in the connection's schema.</summary>
    public static async Task MigrateAsync(NpgsqlConnection connection, CancellationToken token)
    {
        await Migrator.MigrateAsync(connection, Config(connection.ConnectionString, "agent"), cancellationToken: token);
        await using var command = new NpgsqlCommand(VectorCaseTable, connection);
        await command.ExecuteNonQueryAsync(token);
    }

    public static async Task RunAsync(NpgsqlDataSource source, string schema, int number, CancellationToken token)
    {
        await using var database = new AgentDatabase(Config(source.ConnectionString, schema), source);
        var provider = new OneDatabase(database);
        var (user, _) = await new Accounts(provider).CreateAsync($"ada{number}@example.org", null, null, null, token);
        var threads = new ThreadStore(provider, Options);
        var (first, second) = (await threads.CreateAsync(user.UserId, "first", token), await threads.CreateAsync(user.UserId, "second", token));
        var model = Models.GetRequiredService<ModelInfo>();
        var agent = CareerAgent.Create(database, Models.GetRequiredService<IChatClient>(),
            Models.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>(), Models.GetRequiredService<ModelInfo>(), Options);

        var told = await agent.ProcessAsync("My name is Ada. I work as a nurse.", user.UserId, first.ThreadId, token);
        Check(told.Profile.Name == "Ada", $"the profile's name is '{told.Profile.Name}'");
        await agent.ProcessAsync("My goal is to become a data analyst.", user.UserId, first.ThreadId, token);
        var asked = await agent.ProcessAsync("Do you remember that I want to become a data analyst?", user.UserId, second.ThreadId, token);
        Check(asked.Profile.Name == "Ada", "the other thread does not know the name");
        Check(asked.Recalled.Any(message => message.ThreadId == first.ThreadId), "nothing was recalled from the first thread");

        await using var count = source.CreateCommand("select (select count(*) from messages), (select count(*) from vectors)");
        await using var reader = await count.ExecuteReaderAsync(token);
        await reader.ReadAsync(token);
        Check((reader.GetInt64(0), reader.GetInt64(1)) == (6, 6), $"there are {reader.GetInt64(0)} messages and {reader.GetInt64(1)} vectors, not 6 of each");
    }

    public static void Check(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException($"A test of the suite failed: {otherwise}.");
    }

    sealed record OneDatabase(AgentDatabase Current) : IDatabaseProvider;
}
