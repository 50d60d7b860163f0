using System.Reflection;
using Npgsql;
using Postgres.Testing.Tests.Oracle;
using Postgres.Testing.Tests.XunitLayer;
using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.Isolation;

/// <summary>Nothing changes a server that nobody marked as disposable: no call, no option, no variable.</summary>
public class SafetyTests(EngineServer engine) : IClassFixture<EngineServer>
{
    // Names as the library's own are at risk first.
    const string Precious = """
        create schema precious; create table precious.orders (id int generated always as identity primary key, what text);
        insert into precious.orders (what) values ('the only copy');
        create schema test_0123456789_1; create table test_0123456789_1.notes (body text); insert into test_0123456789_1.notes values ('mine');
        create schema extensions; create schema postgres_testing;
        create table postgres_testing.units (name text primary key, template text, is_database boolean, catalogue text);
        insert into postgres_testing.units values ('precious', null, false, null), ('test_0123456789_1', null, false, null);
        create sequence counter start 42; select lo_from_bytea(0, 'large');
        """;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_call_and_no_option_changes_a_server_without_the_mark()
    {
        var (target, before) = await PreciousAsync();
        var attempts = 0;
        foreach (var disposable in (bool[])[true, false])
            await RefusedAsync(() => ExistingPostgres.ConnectAsync(target, new() { Disposable = disposable }, Token));
        foreach (var isolation in Enum.GetValues<TestIsolation>())
            foreach (var audit in Enum.GetValues<TestAudit>())
                foreach (var key in (string?[])[null, "key"])
                {
                    await RefusedAsync(() => TestDatabases.CreateAsync(new Somebodys(target, engine.Server.Capabilities), new()
                    {
                        Isolation = isolation,
                        Audit = audit,
                        TemplateKey = key,
                        NameConnections = key is null,
                        FailOnLeak = key is null,
                        Spares = 1,
                        IdleTimeout = TimeSpan.FromMilliseconds(1),
                        Migrate = (connection, token) => EngineServer.ExecuteAsync(connection, "drop table if exists precious.orders", token),
                        Seed = (connection, token) => EngineServer.ExecuteAsync(connection, "delete from precious.orders", token),
                    }, Token));
                }
        await using (var somebodys = new Somebodys(target, engine.Server.Capabilities))
        {
            await ServerMemory.ReadPssAsync(somebodys, Token);
            Assert.Null(await somebodys.FindFailureAsync(Token));
            Assert.Null(ResourceLimits.Find(["nothing"], somebodys));
        }
        Assert.Equal(2 + 18, attempts);
        Assert.Equal(before, await DigestAsync(target));

        async Task RefusedAsync<T>(Func<Task<T>> call)
        {
            attempts++;
            Assert.Contains("disposable", (await Assert.ThrowsAsync<PostgresTestingException>(call)).Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task No_environment_variable_changes_a_server_without_the_mark()
    {
        var (target, before) = await PreciousAsync();
        var names = typeof(PostgresTestingEnvironment).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToList();
        await Task.WhenAll(((string[])["schema", "database", "transaction"]).Select(async isolation =>
        {
            var values = names.Where(name => name != PostgresTestingEnvironment.Report).Select(name => (name, name switch
            {
                PostgresTestingEnvironment.Server => target,
                PostgresTestingEnvironment.Isolation => isolation,
                PostgresTestingEnvironment.Hold => "0",
                _ => "1",
            }));
            var run = await LayerRun.OfAsync([typeof(LayerSample).FullName!], Token, [.. values]);
            Assert.NotEqual(0, run.ExitCode);
            Assert.Contains("has no mark that says it is disposable", run.Console, StringComparison.Ordinal);
        }));
        Assert.Equal(before, await DigestAsync(target));
    }

    [Fact]
    public async Task The_mark_itself_takes_nothing_away()
    {
        var (target, _) = await PreciousAsync();
        await ExistingPostgres.MarkDisposableAsync(target, Token);
        await using var look = new NpgsqlConnection(target);
        await look.OpenAsync(Token);
        Assert.Equal(["the only copy"], await look.ListAsync("select what from precious.orders"));
    }

    [Fact]
    public void Every_public_way_to_hand_a_server_over_is_tried_here()
    {
        var ways = new[] { typeof(PostgresServer), typeof(PostgresFixture) }.SelectMany(type => type.Assembly.GetExportedTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly).Cast<MethodBase>().Concat(type.GetConstructors()))
            .Where(method => method.GetParameters().Any(parameter => typeof(PostgresServer).IsAssignableFrom(parameter.ParameterType)
                || parameter.ParameterType == typeof(NpgsqlConnection) || parameter.Name!.Contains("connectionString", StringComparison.OrdinalIgnoreCase)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["ExistingPostgres.ConnectAsync", "ExistingPostgres.MarkDisposableAsync", "PostgresCapabilities.ReadAsync", "ResourceLimits.Find", "ServerMemory.ReadPssAsync", "TestDatabases.CreateAsync"], ways);
    }

    async Task<(string ConnectionString, string Digest)> PreciousAsync()
    {
        var name = $"precious_{Guid.NewGuid():N}";
        await using (var admin = new NpgsqlConnection(engine.Server.ConnectionString))
        {
            await admin.OpenAsync(Token);
            await EngineServer.ExecuteAsync(admin, $"create database {name} template template0", Token);
        }
        var target = new NpgsqlConnectionStringBuilder(engine.Server.ConnectionString) { Database = name, Pooling = false }.ConnectionString;
        await using (var connection = new NpgsqlConnection(target))
        {
            await connection.OpenAsync(Token);
            await EngineServer.ExecuteAsync(connection, Precious, Token);
        }
        return (target, await DigestAsync(target));
    }

    static async Task<string> DigestAsync(string target)
    {
        await using var connection = new NpgsqlConnection(target);
        await connection.OpenAsync(Token);
        return await PgDump.DatabaseAsync(connection, Token) + string.Join(',', await connection.ListAsync("select rolname::text from pg_roles order by 1"));
    }

    /// <summary>A server as somebody may derive it.</summary>
    sealed class Somebodys(string connectionString, PostgresCapabilities capabilities) : PostgresServer
    {
        public override string ConnectionString => connectionString;

        public override PostgresCapabilities Capabilities => capabilities;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
