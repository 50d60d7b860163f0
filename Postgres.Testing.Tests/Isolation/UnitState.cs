namespace Postgres.Testing.Tests.Isolation;

/// <summary>Everything of a unit that a test can see, as text: rows in their order, sequences, catalogue.</summary>
static class UnitState
{
    public static async Task<string> ReadAsync(TestDatabase db)
    {
        await using var connection = await db.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var schema = $"'{db.SchemaName}'::regnamespace";
        List<string> lines = [];
        foreach (var table in await connection.ListAsync($"select oid::regclass::text from pg_class where relnamespace = {schema} and relkind in ('r', 'm') order by relname"))
            lines.AddRange((await connection.ListAsync($"select t::text from only {table} t")).Select(row => $"{table} {row}"));
        foreach (var sequence in await connection.ListAsync($"select oid::regclass::text from pg_class where relnamespace = {schema} and relkind = 'S' order by relname"))
            lines.AddRange((await connection.ListAsync($"select (last_value, is_called)::text from {sequence}")).Select(state => $"{sequence} {state}"));
        lines.AddRange(await connection.ListAsync($"""
            select c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || coalesce(c.relacl::text, '') || coalesce(obj_description(c.oid), '')
            from pg_class c join pg_attribute a on a.attrelid = c.oid where relnamespace = {schema} and attnum > 0 order by 1
            """));
        lines.AddRange(await connection.ListAsync($"select proname::text || prosrc from pg_proc where pronamespace = {schema} order by 1"));
        lines.AddRange(await connection.ListAsync($"select typname::text from pg_type where typnamespace = {schema} order by 1"));
        return string.Join('\n', lines);
    }

    /// <summary>What a unit that no test has had yet looks like.</summary>
    public static async Task<string> FreshAsync(TestDatabases databases)
    {
        await using var db = await databases.TakeAsync("fresh");
        return await ReadAsync(db);
    }
}
