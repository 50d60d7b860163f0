using Agent.Database;
using Agent.Memory;
using Agent.Models;
using Agent.Models.Embeddings;
using Agent.Tests.Hosting;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Memory;

public class EmbeddingTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static readonly ModelInfo Smaller = ModelInfo.Offline with { EmbeddingModel = "smaller", Dimensions = 256 };

    [Fact]
    public async Task A_text_is_embedded_once_per_user_and_model()
    {
        var (ada, _) = await MakeThreadAsync("ada@example.org");
        var (bob, _) = await MakeThreadAsync("bob@example.org");
        var counting = new CountingEmbeddings(1536);
        var service = new EmbeddingService(counting, ModelInfo.Offline, new() { Memory = new() { CacheEmbeddings = true } });
        async Task<IReadOnlyList<float[]>> EmbedAsync(Guid user, params string[] texts)
        {
            await using var connection = await Database.OpenAsync(user, Cancellation);
            return await service.EmbedAsync(connection, user, texts, Cancellation);
        }

        var first = await EmbedAsync(ada, "hello");
        var again = await EmbedAsync(ada, "hello", "world");
        Assert.Equal(first[0], again[0]);
        Assert.Equal(["hello", "world"], counting.Texts);
        // What one person wrote is never looked up for another.
        await EmbedAsync(bob, "hello");
        Assert.Equal(["hello", "world", "hello"], counting.Texts);
        await new Agent.Security.Accounts(new SingleDatabaseProvider(Database)).ForgetAsync(ada, Cancellation);
        Assert.Equal(1L, await ScalarAsync<long>("select count(*) from embedding_cache"));
    }

    [Fact]
    public async Task Another_model_gets_a_table_of_its_own_which_is_filled_again_after_a_stop()
    {
        var (user, thread) = await MakeThreadAsync();
        var agent = MakeAgent(ScriptedChat.Saying("I see."));
        for (var i = 0; i < 40; i++)
            await agent.ProcessAsync($"message {i}", user, thread, Cancellation);
        await MakeThreadAsync("silent@example.org");

        // Stopped after the first of two batches.
        using var stop = new CancellationTokenSource();
        var stopping = new Reembedding(Database, new(new CountingEmbeddings(256), Smaller, new()), Smaller, new());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping.RunAsync(new Report(r =>
        {
            if (r.Done > 0)
                stop.Cancel();
        }), stop.Token));
        const string table = "vectors_smaller_256";
        Assert.Equal(64L, await ScalarAsync<long>($"select count(*) from {table}"));
        var refused = await Assert.ThrowsAsync<DatabaseConfigurationException>(() => Database.GetVectorTableAsync(Smaller, Cancellation).AsTask());
        Assert.Contains("'smaller' with 256 dimensions, but by 'hashed-ngrams-1' with 1536. ", refused.Message);
        Assert.Contains("has not finished", refused.Message);

        var reports = new List<(long Done, long Total)>();
        var counting = new CountingEmbeddings(256);
        Assert.Equal(16, await new Reembedding(Database, new(counting, Smaller, new()), Smaller, new()).RunAsync(new Report(reports.Add), Cancellation));
        Assert.Equal([(0, 16), (16, 16)], reports);
        Assert.Equal(16, counting.Texts.Count);
        Assert.Equal(80L, await ScalarAsync<long>($"select count(*) from {table}"));
        Assert.Equal(80L, await ScalarAsync<long>("select count(*) from vectors"));
        Assert.Equal(table, await Database.GetVectorTableAsync(Smaller, Cancellation));
        Assert.True(await ScalarAsync<bool>($"select relforcerowsecurity from pg_class where oid = '{table}'::regclass"));
    }

    [Fact]
    public async Task A_message_that_the_model_refuses_does_not_hold_up_a_run_that_goes_on()
    {
        // Users come in the order in which they signed up.
        foreach (var (email, text) in ((string, string)[])[("ada@example.org", "refused"), ("bob@example.org", "hello")])
        {
            var (user, thread) = await MakeThreadAsync(email);
            await MakeAgent(ScriptedChat.Saying("I see.")).ProcessAsync(text, user, thread, Cancellation);
        }
        Task<long> RunAsync(bool isDown)
        {
            var embeddings = new CountingEmbeddings(256)
            {
                Fails = texts => texts.Contains("refused") ? new(502, "Refused", "It does not take this.") { IsRefusal = true }
                    : isDown && texts.Contains("hello") ? new(502, "Down", "It cannot be reached.") : null,
            };
            return new Reembedding(Database, new(embeddings, Smaller, new()), Smaller, new()).RunAsync(null, Cancellation);
        }

        Assert.Equal("Down", (await Assert.ThrowsAsync<AgentException>(() => RunAsync(isDown: true))).Title);
        await Assert.ThrowsAsync<DatabaseConfigurationException>(() => Database.GetVectorTableAsync(Smaller, Cancellation).AsTask());
        Assert.Equal(2, await RunAsync(isDown: false));
        await Database.GetVectorTableAsync(Smaller, Cancellation);
    }

    [Fact]
    public async Task A_model_whose_vectors_are_not_there_is_named_with_the_command_that_makes_them()
    {
        var error = await Assert.ThrowsAsync<DatabaseConfigurationException>(async () => await Database.GetVectorTableAsync(Smaller, Cancellation));
        Assert.Contains("'smaller' with 256", error.Message);
        Assert.Contains("reembed", error.Message);
    }

    [Fact]
    public async Task Of_the_models_of_replicas_that_start_at_once_one_has_the_first_table()
    {
        await ScalarAsync<long>("with gone as (delete from embedding_models returning 1) select count(*) from gone");
        var starts = Enumerable.Range(0, 8).Select(i => Db.ToAgentDatabase().GetVectorTableAsync(ModelInfo.Offline with { EmbeddingModel = $"model {i}" }, Cancellation).AsTask()).ToList();
        await Task.WhenAll(starts.Select(s => s.ContinueWith(_ => { }, TaskScheduler.Default)));
        Assert.Equal(VectorTables.First, await Assert.Single(starts, s => s.IsCompletedSuccessfully));
        Assert.All(starts.Where(s => s.IsFaulted), s => Assert.IsType<DatabaseConfigurationException>(s.Exception!.InnerException));
        Assert.Equal(1L, await ScalarAsync<long>("select count(*) from embedding_models"));
    }

    [Fact]
    public async Task A_first_model_of_another_size_is_told_how_to_get_a_table()
    {
        await ScalarAsync<long>("with gone as (delete from embedding_models returning 1) select count(*) from gone");
        var error = await Assert.ThrowsAsync<DatabaseConfigurationException>(
            () => Db.ToAgentDatabase().GetVectorTableAsync(ModelInfo.Offline with { EmbeddingModel = "small", Dimensions = 64 }, Cancellation).AsTask());
        Assert.StartsWith("The embedding model 'small' with 64 dimensions has no table yet.", error.Message);
    }

    [Fact]
    public async Task A_model_too_large_for_the_index_is_a_clear_error()
    {
        await using var connection = await Database.DataSource.OpenConnectionAsync(Cancellation);
        var error = await Assert.ThrowsAsync<DatabaseConfigurationException>(
            () => VectorTables.EnsureAsync(connection, Database.Config, Smaller with { Dimensions = 3072 }, Cancellation));
        Assert.Contains("3072", error.Message);
    }

    sealed class Report(Action<(long Done, long Total)> action) : IProgress<(long Done, long Total)>
    {
        void IProgress<(long Done, long Total)>.Report((long Done, long Total) value) => action(value);
    }

    sealed class CountingEmbeddings(int dimensions) : IEmbeddingGenerator<string, Embedding<float>>
    {
        readonly HashedEmbeddingGenerator inner = new(dimensions);

        public List<string> Texts { get; } = [];

        public Func<List<string>, AgentException?>? Fails { get; init; }

        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
        {
            List<string> texts = [.. values];
            if (Fails?.Invoke(texts) is { } failure)
                throw failure;
            Texts.AddRange(texts);
            return inner.GenerateAsync(texts, options, cancellationToken);
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() => inner.Dispose();
    }
}
