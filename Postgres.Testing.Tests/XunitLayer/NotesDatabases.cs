using Npgsql;
using Postgres.Testing.Tests.XunitLayer;
using Postgres.Testing.Xunit;

[assembly: AssemblyFixture(typeof(NotesDatabases))]

namespace Postgres.Testing.Tests.XunitLayer;

public sealed class NotesDatabases : PostgresFixture
{
    protected override TestDatabasesOptions Options => new()
    {
        Migrate = async (connection, token) =>
        {
            await using var command = new NpgsqlCommand("create table notes (id int generated always as identity primary key, body text not null, embedding vector(3))", connection);
            await command.ExecuteNonQueryAsync(token);
        },
    };
}
