using Agent.Models;
using Agent.Models.Embeddings;
using Agent.Models.Offline;
using Agent.Models.OpenAi;
using Agent.Models.Scripted;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Agent.Tests.Models;

public class ModelServicesTests
{
    static ServiceProvider Build(Dictionary<string, string?> settings, Action<IServiceCollection>? before = null)
    {
        var services = new ServiceCollection();
        before?.Invoke(services);
        return services.AddAgentModels(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
    }

    [Fact]
    public void Without_a_key_everything_is_offline()
    {
        using var provider = Build([]);
        Assert.IsType<OfflineChatClient>(provider.GetRequiredService<IChatClient>());
        Assert.IsType<HashedEmbeddingGenerator>(provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());
        Assert.Equal(("offline", true, 1536), (provider.GetRequiredService<ModelInfo>().Provider, provider.GetRequiredService<ModelInfo>().IsOffline, provider.GetRequiredService<ModelInfo>().Dimensions));
    }

    [Theory]
    [InlineData("OpenAI:ApiKey")]
    [InlineData("OPENAI_API_KEY")]
    public void A_key_takes_OpenAIs_default_models(string setting)
    {
        using var provider = Build(new() { [setting] = "sk-x" });
        Assert.IsType<OpenAiChatClient>(provider.GetRequiredService<IChatClient>());
        Assert.Equal(new ModelInfo("openai", "gpt-4o-mini", "text-embedding-3-small", 1536, false), provider.GetRequiredService<ModelInfo>());
    }

    [Fact]
    public void An_endpoint_needs_no_key()
    {
        using var provider = Build(new() { ["OpenAI:Endpoint"] = "http://localhost:11434/v1", ["OpenAI:ChatModel"] = "llama3.2", ["OpenAI:Dimensions"] = "768" });
        Assert.IsType<OpenAiChatClient>(provider.GetRequiredService<IChatClient>());
        Assert.Equal(("llama3.2", 768), (provider.GetRequiredService<ModelInfo>().ChatModel, provider.GetRequiredService<ModelInfo>().Dimensions));
    }

    [Fact]
    public void A_model_that_is_registered_stays()
    {
        using var mine = new ScriptedChatClient();
        using var provider = Build(new() { ["OpenAI:ApiKey"] = "sk-x" }, services => services.AddSingleton<IChatClient>(mine));
        Assert.Same(mine, provider.GetRequiredService<IChatClient>());
    }
}
