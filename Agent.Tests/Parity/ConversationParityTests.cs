using System.Globalization;
using System.Net.Http.Json;
using Agent.Http;
using Agent.Tests.Hosting;

namespace Agent.Tests.Parity;

/// <summary>The same conversation has the same course on every server.</summary>
public sealed class ConversationParityTests(ParityServers servers, AgentHosts hosts) : IClassFixture<ParityServers>
{
    static readonly string[] said =
    [
        "I'm Ada, a backend developer with 5 years of C#, I want to move into machine learning",
        "I also know Python and PostgreSQL",
        "Actually, I have 6 years of experience",
        "What do you know about my experience?",
    ];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => ParityServers.Names;

    [Theory, MemberData(nameof(Names))]
    public async Task A_conversation_remembers_and_recalls_the_same(string name)
    {
        var reference = await TalkAsync(ParityServers.Embedded);
        var transcript = await TalkAsync(name);

        Assert.Contains("Ada", transcript, StringComparison.Ordinal);
        Assert.Contains("recalled", transcript, StringComparison.Ordinal);
        Assert.Equal(reference, transcript);
    }

    async Task<string> TalkAsync(string name)
    {
        await using var db = await (await servers.GetAsync(name)).Databases.LeaseAsync(TestContext.Current.Test!.TestDisplayName, Token);
        using var route = AgentHosts.Route(db, db.ToAgentDatabase());
        using var client = hosts.CreateClient();
        client.DefaultRequestHeaders.Add(AgentHost.LeaseHeader, db.SchemaName);
        var user = await (await client.PostAsJsonAsync("/api/users", new { email = "ada@example.org" }, Token)).ReadAsync<UserCreated>();
        client.DefaultRequestHeaders.Authorization = new("Bearer", user.ApiKey);

        var lines = new List<string>();
        foreach (var thread in (Guid[])[await client.MakeThreadAsync("first"), await client.MakeThreadAsync("second")])
        {
            foreach (var message in said)
            {
                var reply = await client.SayAsync(thread, message);
                lines.Add($"> {message}\n< {reply.Reply}");
                lines.AddRange(reply.Recalled.Select(hit => string.Create(CultureInfo.InvariantCulture, $"recalled {hit.Role} {hit.Similarity:0.0000} {hit.Text}")));
            }
        }
        return string.Join('\n', lines);
    }
}
