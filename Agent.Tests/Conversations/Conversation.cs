using System.Text.Json;
using Xunit.Sdk;

namespace Agent.Tests.Conversations;

/// <summary>A written conversation and what it must lead to; one JSON file each.</summary>
/// <param name="About">Who speaks, and what is hard about it.</param>
/// <param name="Turns">What is said, in order.</param>
/// <param name="Profile">Fields of the profile: texts are equal (<c>interest</c> and <c>education</c> contain), of lists each item is there.</param>
/// <param name="Never">Words that must not be anywhere in the profile.</param>
public sealed record Conversation(string About, IReadOnlyList<ConversationTurn> Turns, JsonElement Profile, IReadOnlyList<string>? Never)
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    static string Folder => Path.Combine(AppContext.BaseDirectory, "Conversations");

    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order();

    public static Conversation Load(string name)
        => JsonSerializer.Deserialize<Conversation>(File.ReadAllText(Path.Combine(Folder, $"{name}.json")), Options)
            ?? throw new XunitException($"{name}.json is empty.");
}

/// <param name="Thread">A name for the thread; the first turn that uses it begins it.</param>
/// <param name="Say">What the person writes.</param>
/// <param name="Recalls">Words that a recalled message must contain.</param>
/// <param name="Answers">Words that the reply must contain.</param>
public sealed record ConversationTurn(string Thread, string Say, IReadOnlyList<string>? Recalls, IReadOnlyList<string>? Answers);
