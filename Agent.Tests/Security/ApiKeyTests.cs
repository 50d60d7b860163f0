using System.Net;
using System.Net.Http.Json;
using Agent.Http;
using Agent.Security;
using Agent.Tests.Hosting;

namespace Agent.Tests.Security;

public class ApiKeyTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    async Task<HttpStatusCode> TryAsync(string? key)
    {
        using var client = MakeClient(key);
        var response = await client.GetAsync("/api/me", Cancellation);
        if (!response.IsSuccessStatusCode)
        {
            await response.ShouldBeProblemAsync(HttpStatusCode.Unauthorized);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        }
        return response.StatusCode;
    }

    [Fact]
    public async Task A_key_opens_its_own_account_and_nothing_else_does()
    {
        var ada = await MakeUserAsync();
        Assert.Equal(HttpStatusCode.OK, await TryAsync(ada.ApiKey));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync("nonsense"));
        // The right prefix with another secret, and the whole key with one letter changed.
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(ada.ApiKey[..16] + ApiKey.Create().Text[16..]));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(ada.ApiKey[..^1] + (ada.ApiKey[^1] == 'A' ? 'B' : 'A')));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(ApiKey.Create().Text));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync("ak_' or 1=1 --_" + new string('x', 43)));
    }

    [Fact]
    public async Task A_key_is_stored_as_a_hash_and_never_shown_again()
    {
        var ada = await MakeUserAsync();
        var made = await MakeApiKeyAsync(ada);
        var list = await ada.Client.GetStringAsync("/api/keys", Cancellation);
        foreach (var key in new[] { ada.ApiKey, made.ApiKey })
        {
            Assert.DoesNotContain(key, list);
            Assert.DoesNotContain(key[16..], list);
            Assert.Equal(0L, await ScalarAsync<long>("select count(*) from api_keys k where k::text like '%' || $1 || '%'", key[16..]));
        }
        Assert.Equal(2L, await ScalarAsync<long>("select count(*) from api_keys where length(hash) = 32"));
        Assert.DoesNotContain(made.ApiKey[16..], ApiKey.TryParse(made.ApiKey, out var parsed) ? parsed.ToString() : "");
    }

    [Fact]
    public async Task A_revoked_key_ends_at_once_and_the_others_stay()
    {
        var ada = await MakeUserAsync();
        var made = await MakeApiKeyAsync(ada);
        Assert.Equal(HttpStatusCode.OK, await TryAsync(made.ApiKey));
        Assert.Equal(HttpStatusCode.NoContent, (await ada.Client.DeleteAsync($"/api/keys/{made.KeyId}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(made.ApiKey));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(ada.ApiKey));
        var listed = Assert.Single((await ada.Client.GetAsync<KeyList>("/api/keys")).Keys, k => k.KeyId == made.KeyId);
        Assert.NotNull(listed.RevokedAt);
    }

    [Fact]
    public async Task An_expired_key_is_refused()
    {
        var ada = await MakeUserAsync();
        var made = await MakeApiKeyAsync(ada, expiresInDays: 1);
        Assert.Equal(HttpStatusCode.OK, await TryAsync(made.ApiKey));
        await ScalarAsync<Guid>("update api_keys set expires_at = now() - interval '1 second' where id = $1 returning id", made.KeyId);
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(made.ApiKey));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(4000)]
    public async Task A_key_cannot_live_backwards_or_for_ever(double days)
    {
        var ada = await MakeUserAsync();
        await (await ada.Client.PostAsJsonAsync("/api/keys", new { expiresInDays = days }, Cancellation)).ShouldBeProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_password_gives_a_new_key_and_is_stored_by_the_platforms_hasher()
    {
        var ada = await MakeUserAsync("ada@example.org", "correct horse");
        using var client = MakeClient();
        var loggedIn = await (await client.PostAsJsonAsync("/api/login", new { email = "ADA@example.org", password = "correct horse" }, Cancellation)).ReadAsync<LoggedIn>();
        Assert.Equal(ada.UserId, loggedIn.UserId);
        Assert.Equal(HttpStatusCode.OK, await TryAsync(loggedIn.ApiKey));
        // The format of ASP.NET Core Identity, version 3.
        Assert.Equal(1, Convert.FromBase64String(await ScalarAsync<string>("select password_hash from users"))[0]);
        await MakeUserAsync("no-password@example.org");
        foreach (var (email, password) in new[] { ("ada@example.org", "wrong horse"), ("bob@example.org", "correct horse"), ("no-password@example.org", "x"), ("ada@example.org", "") })
        {
            var detail = await (await client.PostAsJsonAsync("/api/login", new { email, password }, Cancellation)).ShouldBeProblemAsync(HttpStatusCode.Unauthorized);
            Assert.Equal("The email or the password is wrong.", detail);
        }
    }
}
