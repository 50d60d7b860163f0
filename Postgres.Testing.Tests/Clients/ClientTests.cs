using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Postgres.Testing.Tests.Clients;

/// <summary>What a .NET application reaches Postgres by, on leased units, several at once and one after the other.</summary>
public class ClientTests
{
    static readonly Dictionary<string, Func<NpgsqlConnection, CancellationToken, Task>> Migrations = new()
    {
        ["plain SQL"] = (connection, _) => connection.ExecuteAsync(
            """create table "Shelves" ("Id" serial primary key, "Name" text not null); insert into "Shelves" ("Name") values ('first')"""),
        ["EF Core migrations"] = async (connection, token) =>
        {
            await using var library = Open(connection);
            await library.Database.MigrateAsync(token);
        },
        // EnsureCreated asks whether the database has any table; at the schema level other units' tables answer for it.
        ["EF Core tables"] = async (connection, token) =>
        {
            await using var library = Open(connection);
            await library.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(token);
        },
        ["EF Core EnsureCreated"] = async (connection, token) =>
        {
            await using var library = Open(connection);
            await library.Database.EnsureCreatedAsync(token);
        },
    };

    [Theory]
    [InlineData("plain SQL", TestIsolation.Schema)]
    [InlineData("EF Core migrations", TestIsolation.Schema)]
    [InlineData("EF Core tables", TestIsolation.Schema)]
    [InlineData("plain SQL", TestIsolation.Database)]
    [InlineData("EF Core migrations", TestIsolation.Database)]
    [InlineData("EF Core EnsureCreated", TestIsolation.Database)]
    public async Task Npgsql_Dapper_and_EF_Core_find_the_same_clean_unit(string migration, TestIsolation isolation)
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var databases = await TestDatabases.CreateAsync(server, new() { Migrate = Migrations[migration], Isolation = isolation, Workers = 2 }, token);
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = token }, async (i, token) =>
        {
            var name = $"test {i}";
            await using var lease = await databases.LeaseAsync(name, token);
            await using (var byString = new Library(new DbContextOptionsBuilder<Library>().UseNpgsql(lease.ConnectionString).Options))
            {
                byString.Shelves.Add(new() { Name = name });
                await byString.SaveChangesAsync(token);
            }
            await using (var bySource = new Library(new DbContextOptionsBuilder<Library>().UseNpgsql(lease.DataSource).Options))
                Assert.Equal([(1, "first"), (2, name)], (await bySource.Shelves.OrderBy(s => s.Id).ToListAsync(token)).Select(s => (s.Id, s.Name)));
            await using var connection = await lease.DataSource.OpenConnectionAsync(token);
            Assert.Equal(3, await connection.ExecuteScalarAsync<int>("""insert into "Shelves" ("Name") values (@name) returning "Id" """, new { name = "by Dapper" }));
            await using var command = new NpgsqlCommand("select count(*) from \"Shelves\"", connection);
            Assert.Equal(3L, await command.ExecuteScalarAsync(token));
            if (migration == "EF Core migrations")
                Assert.Equal([lease.SchemaName], await connection.QueryAsync<string>(
                    "select relnamespace::regnamespace::text from pg_class where relname = '__EFMigrationsHistory' and pg_table_is_visible(oid)"));
            await connection.CloseAsync();
            var report = await lease.ReturnAsync();
            Assert.Null(report.TaintedBy);
            Assert.Empty(report.Leaks);
        });
    }

    [Fact]
    public async Task An_EF_Core_transaction_that_is_left_open_is_ended_and_reported()
    {
        var token = TestContext.Current.CancellationToken;
        await using var server = await EmbeddedPostgres.StartAsync(cancellationToken: token);
        await using var databases = await TestDatabases.CreateAsync(server, new() { Migrate = Migrations["EF Core migrations"], Workers = 1 }, token);
        var lease = await databases.LeaseAsync("leaves a transaction open", token);
        await using var library = new Library(new DbContextOptionsBuilder<Library>().UseNpgsql(lease.DataSource).Options);
        await library.Database.BeginTransactionAsync(token);
        library.Shelves.Add(new() { Name = "never committed" });
        await library.SaveChangesAsync(token);
        Assert.Single((await lease.ReturnAsync()).Leaks);
        await using var next = await databases.LeaseAsync("next", token);
        await using var connection = await next.DataSource.OpenConnectionAsync(token);
        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select count(*) from \"Shelves\""));
    }

    static Library Open(NpgsqlConnection connection) => new(new DbContextOptionsBuilder<Library>().UseNpgsql(connection)
        .ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning)).Options);
}
