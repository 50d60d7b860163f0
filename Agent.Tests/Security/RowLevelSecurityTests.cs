using Agent.Database;
using Agent.Tests.Hosting;
using Npgsql;

namespace Agent.Tests.Security;

/// <summary>The second wall: what happens when a query forgets its user.</summary>
public class RowLevelSecurityTests(AgentDatabases databases, AgentHosts hosts) : AgentTest(databases, hosts)
{
    async Task<(TestUser Ada, TestUser Bob)> FillAsync()
    {
        var (ada, bob) = (await MakeUserAsync(), await MakeUserAsync());
        foreach (var user in new[] { ada, bob })
        {
            var thread = await user.Client.MakeThreadAsync();
            await user.Client.SayAsync(thread, "I'm Ada, a backend developer with 5 years of C#.", "key");
            await ScalarAsync<Guid>("insert into embedding_cache (user_id, model, content_hash, embedding) values ($1, 'm', '\\x00', '{1}') returning user_id", user.UserId);
            await ScalarAsync<Guid>("""
                insert into thread_summaries (user_id, thread_id, summary, through_message_id, through_created_at) values ($1, $2, 's', 1, now()) returning user_id
                """, user.UserId, thread);
        }
        return (ada, bob);
    }

    static async Task<long> CountAsync(UserConnection connection, string sql)
    {
        await using var batch = connection.CreateBatch().Add(sql);
        await using var reader = await batch.ExecuteReaderAsync(Cancellation);
        await reader.ReadAsync(Cancellation);
        return reader.GetInt64(0);
    }

    [Fact]
    public async Task A_query_that_forgets_its_user_sees_the_rows_of_one_user_in_every_table()
    {
        var (ada, _) = await FillAsync();
        await using var connection = await Database.OpenAsync(ada.UserId, Cancellation);
        foreach (var (table, column) in await Tables.WithUserAsync(Db, Cancellation))
        {
            Assert.True(await ScalarAsync<long>($"select count(distinct {column}) from {table}") == 2, $"{table} was not filled: the test proves nothing.");
            Assert.True(await CountAsync(connection, $"select count(*) from {table}") > 0, table);
            Assert.Equal(0, await CountAsync(connection, $"select count(*) from {table} where {column} <> '{ada.UserId}'"));
        }
    }

    [Fact]
    public async Task Without_a_user_nothing_is_seen()
    {
        await FillAsync();
        await using var connection = await Database.OpenAnonymousAsync("agent.user_id", "", Cancellation);
        foreach (var (table, _) in await Tables.WithUserAsync(Db, Cancellation))
            Assert.Equal(0, await CountAsync(connection, $"select count(*) from {table}"));
    }

    [Fact]
    public async Task A_key_prefix_or_an_email_shows_one_row_of_one_table()
    {
        var (ada, _) = await FillAsync();
        await using (var byPrefix = await Database.OpenAnonymousAsync("agent.key_prefix", ada.ApiKey.Substring(3, 12), Cancellation))
        {
            foreach (var (table, _) in await Tables.WithUserAsync(Db, Cancellation))
                Assert.Equal(table == "api_keys" ? 1 : 0, await CountAsync(byPrefix, $"select count(*) from {table}"));
        }
        await using var byEmail = await Database.OpenAnonymousAsync("agent.email", ada.Email, Cancellation);
        foreach (var (table, _) in await Tables.WithUserAsync(Db, Cancellation))
            Assert.Equal(table == "users" ? 1 : 0, await CountAsync(byEmail, $"select count(*) from {table}"));
    }

    [Fact]
    public async Task One_user_cannot_write_rows_of_another()
    {
        var (ada, bob) = await FillAsync();
        var thread = await ScalarAsync<Guid>("select id from threads where user_id = $1", bob.UserId);
        await using var connection = await Database.OpenAsync(ada.UserId, Cancellation);
        foreach (var sql in new[]
        {
            $"insert into messages (user_id, thread_id, role, content) values ('{bob.UserId}', '{thread}', 'user', 'forged')",
            $"insert into threads (id, user_id) values (gen_random_uuid(), '{bob.UserId}')",
            $"insert into api_keys (id, user_id, prefix, hash) values (gen_random_uuid(), '{bob.UserId}', 'p', '\\x00')",
            $"update threads set user_id = '{bob.UserId}'",
        })
        {
            await using var batch = connection.CreateBatch().Add(sql);
            var error = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteAsync(Cancellation));
            Assert.Equal("42501", error.SqlState);
        }
        Assert.Equal(0, await CountAsync(connection, $"with gone as (delete from threads where user_id = '{bob.UserId}' returning 1) select count(*) from gone"));
    }

    [Fact]
    public async Task The_settings_end_with_the_transaction_and_leave_the_pool_clean()
    {
        var (ada, _) = await FillAsync();
        await using (var connection = await Database.OpenAsync(ada.UserId, Cancellation))
            await CountAsync(connection, "select count(*) from messages");
        Assert.Equal("", await ScalarAsync<string>("select coalesce(current_setting('agent.user_id', true), '')"));
        Assert.Equal(await ScalarAsync<string>("select session_user::text"), await ScalarAsync<string>("select current_user::text"));
    }

    [Fact]
    public async Task An_owner_that_is_no_superuser_is_bound_too()
    {
        var (ada, _) = await FillAsync();
        await using var connection = await Db.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await connection.ExecuteAsync($"""
            do $$ begin create role table_owner nologin; exception when duplicate_object then null; end $$;
            grant all on schema {Db.SchemaName} to table_owner; alter table messages owner to table_owner; set local role table_owner
            """, Cancellation);
        async Task<long> CountOwnAsync(string user)
        {
            await connection.ExecuteAsync("select set_config('agent.user_id', $1, true)", Cancellation, user);
            await using var command = new NpgsqlCommand("select count(*) from messages", connection);
            return (long)(await command.ExecuteScalarAsync(Cancellation))!;
        }

        Assert.Equal((0, 2), (await CountOwnAsync(""), await CountOwnAsync(ada.UserId.ToString())));
        await transaction.RollbackAsync(Cancellation);
    }

    [Fact]
    public async Task Every_table_with_rows_of_users_has_the_wall()
        => Assert.Equal("", await ScalarAsync<string>("""
            select coalesce(string_agg(c.relname, ', '), '') from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = current_schema() and c.relkind in ('r', 'p') and c.relname not in ('schema_migrations', 'embedding_models')
                and not (c.relrowsecurity and c.relforcerowsecurity)
            """));
}
