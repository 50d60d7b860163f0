using Agent.Models.Embeddings;

namespace Agent.Tests.Models;

public class HashedEmbeddingTests
{
    static readonly HashedEmbeddingGenerator Generator = new();

    static double Near(string a, string b) => Generator.Embed(a).Zip(Generator.Embed(b), (x, y) => (double)x * y).Sum();

    [Theory]
    [InlineData("")]
    [InlineData("   \n\t")]
    [InlineData("?!… 👋")]
    [InlineData("nurse")]
    [InlineData("Ich möchte Köchin werden, später vielleicht Lehrerin.")]
    public void Every_text_has_a_vector_of_length_one(string text)
    {
        var vector = Generator.Embed(text);
        Assert.Equal(1536, vector.Length);
        Assert.All(vector, x => Assert.True(float.IsFinite(x)));
        Assert.Equal(1, vector.Sum(x => (double)x * x), 4);
    }

    [Fact]
    public void The_same_text_has_the_same_vector_in_every_process()
        // A golden value: whoever changes the features changes ModelName, or stored vectors silently lose their meaning.
        => Assert.Equal(Golden, string.Join(' ', Generator.Embed("machine learning").Select((x, i) => (x, i)).Where(p => p.x != 0).Take(4).Select(p => p.i)));

    const string Golden = "61 78 201 263";

    [Theory]
    [InlineData("machine learning", "machne lerning", "house plumbing")]
    [InlineData("I develop software", "software developer", "I cook dinner")]
    [InlineData("My podcast was about football", "what was my podcast about?", "I live in Leeds with two cats")]
    [InlineData("Ich möchte ein Restaurant eröffnen", "Was wollte ich eröffnen?", "Ich wohne in Leipzig")]
    [InlineData("C# and .NET", "years of C#", "years of C++")]
    public void What_shares_words_even_misspelled_is_nearer(string text, string near, string far)
        => Assert.True(Near(text, near) > Near(text, far) + 0.05, $"{Near(text, near):f3} and {Near(text, far):f3}");

    [Fact]
    public void Words_that_everybody_uses_bring_texts_no_nearer()
        => Assert.InRange(Near("I am a nurse and I do it with them", "I am a pilot and I do it with them"), -0.1, 0.4);

    [Fact]
    public void Case_accents_and_diacritics_do_not_matter()
    {
        Assert.Equal(1, Near("KÖCHIN in Málaga", "köchin in malaga"), 4);
        Assert.Equal(1, Near("café", "cafe\u0301"), 4);
    }

    [Fact]
    public void Fewer_than_64_dimensions_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new HashedEmbeddingGenerator(63));
}
