using System.Net;
using System.Text.Json;
using Agent.Database;
using Agent.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Agent.Tests.Http;

public class ServiceTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    [Fact]
    public async Task The_service_is_ready_when_the_database_and_its_extension_answer()
    {
        await using var host = AgentHosts.Make(services => services.AddSingleton(Db.ToAgentDatabase()));
        using var client = host.CreateClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task The_service_is_alive_but_not_ready_when_the_database_does_not_answer()
    {
        var nowhere = new AgentDatabase(new() { ConnectionString = "Host=/nowhere/at/all;Timeout=1", Type = DatabaseType.Test });
        await using var host = AgentHosts.Make(services => services.AddSingleton(nowhere));
        using var client = host.CreateClient();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task The_OpenAPI_document_describes_every_endpoint_of_the_API()
    {
        using var client = MakeClient();
        using var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", Cancellation));
        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")).ToHashSet();
        string[] promised =
        [
            "POST /api/users", "POST /api/login", "GET /api/me", "DELETE /api/me", "POST /api/keys", "GET /api/keys", "DELETE /api/keys/{keyId}",
            "POST /api/threads", "GET /api/threads", "DELETE /api/threads/{threadId}", "GET /api/threads/{threadId}/messages",
            "POST /api/threads/{threadId}/messages", "GET /api/profile", "GET /api/profile/history", "GET /api/memory/search", "GET /api/info",
        ];
        Assert.Superset(promised.ToHashSet(), described);
    }

    [Fact]
    public async Task Every_answer_forbids_foreign_scripts_and_frames()
    {
        using var client = MakeClient();
        foreach (var path in new[] { "/", "/api/info", "/api/me", "/api/nowhere" })
        {
            using var response = await client.GetAsync(path, Cancellation);
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task Without_a_key_the_service_says_that_it_is_offline()
    {
        using var client = MakeClient();
        using var info = JsonDocument.Parse(await client.GetStringAsync("/api/info", Cancellation));
        Assert.True(info.RootElement.GetProperty("offline").GetBoolean());
        Assert.Contains("rules", info.RootElement.GetProperty("message").GetString());
    }
}
