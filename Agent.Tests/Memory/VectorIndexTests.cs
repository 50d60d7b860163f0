using Agent.Memory;
using Agent.Models;
using Agent.Models.Embeddings;
using Agent.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Tests.Memory;

/// <summary>Young vectors are read one and all, older ones are in the index: recall must not show the difference.</summary>
public class VectorIndexTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static readonly string[] Subjects = ["violins in Cremona", "a lighthouse on Sylt", "bees behind the barn", "tax law for sailors", "the night train to Rome"];

    async Task<(Guid User, Guid Thread)> TalkAsync(int turns)
    {
        var (user, thread) = await MakeThreadAsync();
        for (var i = 0; i < turns; i++)
            await MakeAgent(ScriptedChat.Saying("I see.")).ProcessAsync($"{Subjects[i % Subjects.Length]}, part {i}", user, thread, Cancellation);
        return (user, thread);
    }

    Task<long> IndexedAsync(bool inIndex) => ScalarAsync<long>("select count(*) from vectors where in_index = $1", inIndex);

    [Fact]
    public async Task The_oldest_vectors_of_a_user_with_many_go_into_the_index_and_are_found_like_the_young()
    {
        var (user, _) = await TalkAsync(15);
        Assert.Equal(0, await VectorIndexing.RunAsync(Database, VectorTables.First, user, 24, Cancellation));
        Assert.Equal(20, await VectorIndexing.RunAsync(Database, VectorTables.First, user, 10, Cancellation));
        Assert.Equal((20, 10), (await IndexedAsync(true), await IndexedAsync(false)));
        Assert.True(await ScalarAsync<bool>("select max(message_id) filter (where in_index) < min(message_id) filter (where not in_index) from vectors"));

        await using var connection = await Database.OpenAsync(user, Cancellation);
        using var embeddings = new HashedEmbeddingGenerator();
        // One of the oldest, and one of the youngest.
        foreach (var text in new[] { $"{Subjects[1]}, part 1", $"{Subjects[4]}, part 14" })
        {
            var found = await SemanticRecall.FindAsync(connection, VectorTables.First, new(user, embeddings.Embed(text), 3), Cancellation);
            Assert.Equal((text, 1d), (found[0].Text, found[0].Similarity));
            Assert.Equal(3, found.Count);
            Assert.Equal(found.OrderByDescending(f => f.Similarity).Select(f => f.MessageId), found.Select(f => f.MessageId));
        }
    }

    [Fact]
    public async Task Turns_see_to_it_and_do_not_wait_for_it()
    {
        var (user, thread) = await TalkAsync(10);
        var options = new AgentOptions { Memory = new() { YoungVectors = 8 } };
        await using var indexing = new VectorIndexing(options, NullLogger<VectorIndexing>.Instance) { OneTurnIn = 1 };
        await using (var turn = await Turn.OpenAsync(Database, new("Hello", user, thread), options, Cancellation))
            await indexing.SuggestAsync(Database, turn, VectorTables.First, Cancellation);
        await indexing.Working;
        Assert.Equal((12, 8), (await IndexedAsync(true), await IndexedAsync(false)));
    }

    [Fact]
    public async Task Two_models_whose_names_look_alike_as_identifiers_have_a_table_each()
    {
        await using var connection = await Database.DataSource.OpenConnectionAsync(Cancellation);
        var tables = new List<string>();
        foreach (var name in new[] { "a-model", "a_model", "a/model" })
            tables.Add(await VectorTables.EnsureAsync(connection, Database.Config, ModelInfo.Offline with { EmbeddingModel = name, Dimensions = 8 }, Cancellation));
        Assert.Equal(["vectors_a_model_8", "vectors_a_model_8_2", "vectors_a_model_8_3"], tables);
    }
}
