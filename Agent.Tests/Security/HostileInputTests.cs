using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Agent.Testing;
using Agent.Tests.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Postgres.Testing.Tests.Hostile;

namespace Agent.Tests.Security;

/// <summary>Generated requests: whatever they hold, the answer is no 500, comes, and changes nothing of anybody else.</summary>
public class HostileInputTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    static readonly string[] Fields = ["email", "password", "name", "interest", "title", "message", "idempotencyKey", "expiresInDays", "userId", "threadId", "__proto__"];
    static readonly string[] Queries = ["cursor", "limit", "q", "topK", "scope", "threadId", "field", "userId", "x"];
    static readonly string?[] Types = ["application/json", "application/json", "application/json", "application/json; charset=utf-16", "text/plain", "application/x-www-form-urlencoded", null];

    /// <summary>A name that is no unit's and looks like one, so that nobody who makes units meanwhile asks what its table does there.</summary>
    string Bystander => Db.SchemaName.Insert("test_0123456789_".Length, "bystander_");

    [Fact]
    public async Task Hostile_requests_get_an_answer_and_change_nothing_of_others()
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"HOSTILE_SEED={HostileValues.Seed} HOSTILE_CASES={HostileValues.Cases}");
        var (ada, mallory) = (await MakeUserAsync(), await MakeUserAsync());
        var (hers, his) = (await ada.Client.MakeThreadAsync("Plans"), await mallory.Client.MakeThreadAsync());
        await ada.Client.SayAsync(hers, "I'm Ada, and the submarine is turquoise.", "ada-key");
        await ExecuteAsync($"create schema {Bystander}; create table {Bystander}.users (email text); insert into {Bystander}.users values ('untouched')");
        try
        {
            var before = await DigestAsync(ada.UserId);
            await using var host = AgentHosts.Make();
            var endpoints = host.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => (Method: method, Route: "/" + endpoint.RoutePattern.RawText!.TrimStart('/'))))
                // The shared host has no database of its own, which its health says.
                .Where(endpoint => endpoint != ("DELETE", "/api/me") && endpoint.Route != "/health").ToList();
            Assert.True(endpoints.Count >= 15, $"Only {endpoints.Count} endpoints were found: the enumeration is broken.");
            using var anybody = MakeClient();
            ConcurrentBag<string> failures = [];
            await Parallel.ForEachAsync(Enumerable.Range(0, HostileValues.Cases), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation }, async (number, token) =>
            {
                var values = HostileValues.Of(number);
                var (method, route) = values.Pick(endpoints);
                using var request = Request(values, method, route, method == "DELETE" ? hers : his, hers);
                var status = "";
                try
                {
                    using var response = await (values.Chance(85) ? mallory.Client : anybody).SendAsync(request, token).WaitAsync(TimeSpan.FromSeconds(60), token);
                    if ((int)response.StatusCode >= 500) status = $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(token)}";
                }
                catch (HttpRequestException exception) when (exception.InnerException is IOException || exception.Message.Contains("only ASCII", StringComparison.Ordinal))
                {
                    // The client refuses such a header, or the server ends a connection on which it wants to read no further.
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    status = exception.ToString();
                }
                if (status.Length > 0) failures.Add($"case {number}, HOSTILE_SEED={HostileValues.Seed}: {method} {request.RequestUri} {status}");
            });
            Assert.True(failures.IsEmpty, string.Join('\n', failures.Order().Take(10)));
            Assert.Equal(before, await DigestAsync(ada.UserId));
        }
        finally
        {
            await ExecuteAsync($"drop schema {Bystander} cascade");
        }
    }

    [Fact]
    public void No_hostile_header_is_a_lease()
    {
        const string Key = "the-key-of-this-boot-0123456789abcdef";
        var good = new TestLease("test_1", 7).Sign(Key);
        for (var number = 0; number < HostileValues.Cases; number++)
        {
            var values = HostileValues.Of(number);
            var header = values.Next(4) switch
            {
                0 => values.Text(),
                1 => $"{values.Text()}.{values.Number()}.{good.Split('.')[^1]}",
                2 => new TestLease(values.Text(), 7).Sign(Key + "x"),
                _ => good.Insert(values.Next(good.Length), values.Pick(["a", ".", "%", "\0", " "])),
            };
            Assert.Null(TestLease.Verify(header, Key));
        }
    }

    static HttpRequestMessage Request(HostileValues values, string method, string route, Guid own, Guid others)
    {
        var path = route;
        foreach (var name in (string[])["{threadId:guid}", "{keyId:guid}", "{documentName}"])
            path = path.Replace(name, values.Next(4) switch { 0 => $"{others}", 1 => Uri.EscapeDataString(values.Text().Replace("\0", "", StringComparison.Ordinal)), _ => $"{own}" }, StringComparison.Ordinal);
        if (values.Chance(60))
            path += "?" + string.Join('&', Queries.Where(_ => values.Chance(30)).Select(name => $"{name}={(values.Chance(10) ? values.Number() : Uri.EscapeDataString(values.Text()))}"));
        var request = new HttpRequestMessage(new(method), new Uri(path.Length < 60_000 ? path : path[..60_000], UriKind.Relative));
        foreach (var header in (string[])["Idempotency-Key", "Accept", "X-User-Id", "traceparent", "Cookie", "X-Forwarded-For"])
            if (values.Chance(15)) request.Headers.TryAddWithoutValidation(header, values.Text());
        if (values.Chance(10)) request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        if (values.Chance(5)) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + values.Text());
        if (method is "GET" or "DELETE" && values.Chance(90)) return request;
        var body = Encoding.UTF8.GetBytes(values.Chance(1) ? $"{{\"message\":\"{new string('x', 3 << 20)}\"}}" : values.Json(Fields));
        if (values.Chance(3) && body.Length > 0) body[values.Next(body.Length)] = 0xFF;
        request.Content = new ByteArrayContent(body);
        if (values.Pick(Types) is { } type) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return request;
    }

    /// <summary>All rows of a user, in all tables, and the schema beside.</summary>
    async Task<string> DigestAsync(Guid userId)
    {
        var digest = new StringBuilder();
        foreach (var (table, column) in (await Tables.WithUserAsync(Db, Cancellation)).Where(table => !table.Name.Contains("key", StringComparison.Ordinal))) // the last use of a key is noted
            digest.AppendLine(table + ": " + await ScalarAsync<string>($"select coalesce(string_agg(t::text, e'\\n' order by t::text), '') from \"{table}\" t where {column} = $1", userId));
        return digest.AppendLine(await ScalarAsync<string>($"select string_agg(email, ',') from {Bystander}.users")).ToString();
    }

    // Beside the unit, as the server's owner: not through the test's own sessions, whose DDL would taint the unit.
    async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Db.ConnectionString) { Options = null, ApplicationName = null }.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
