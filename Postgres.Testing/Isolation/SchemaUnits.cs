using Npgsql;

namespace Postgres.Testing;

/// <summary>Units that are schemas of the server's database.</summary>
sealed class SchemaUnits(PostgresServer server, TestDatabasesOptions options, UnitConnections connections) : UnitFactory(server, options, connections)
{
    int made;

    protected override async Task<Unit> MakeNewAsync(CancellationToken cancellationToken)
    {
        var name = $"{Prefix}_{Interlocked.Increment(ref made)}";
        var control = await Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ClaimAsync(control, name, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(control, $"""
                insert into postgres_testing.units (name, is_database) values ({SqlText.Literal(name)}, false);
                create schema {SqlText.Identifier(name)};
                """, cancellationToken).ConfigureAwait(false);
            var elsewhere = IsProven ? null : await SharedAsync(control, cancellationToken).ConfigureAwait(false);
            await MigrateAsync(name, null, cancellationToken).ConfigureAwait(false);
            List<string> escaped = elsewhere is null ? [] : [.. (await SharedAsync(control, cancellationToken).ConfigureAwait(false)).Except(elsewhere)];
            if (escaped.Count > 0) throw new PostgresTestingException(
                $"Migrate made {string.Join(", ", escaped)} outside of the unit: all tests would share it, or have another test's, and no reset would look at it. "
                + $"Leave the schema out of the name (the unit is first on the search path), or lease at {nameof(TestIsolation)}.{nameof(TestIsolation.Database)}.");
            await MoveExtensionsAsync(control, name, cancellationToken).ConfigureAwait(false);
            var (catalogue, function) = await RecordAsync(control, name, [name], cancellationToken).ConfigureAwait(false);
            await RegisterAsync(control, name, catalogue, cancellationToken).ConfigureAwait(false);
            return await WarmAsync(name, catalogue, function, control, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await control.DisposeAsync().ConfigureAwait(false);
            await TryDropAsync(name).ConfigureAwait(false);
            throw;
        }
    }

    protected override Task<Unit> OpenAsync(string name, Catalogue catalogue, NpgsqlConnection claim, CancellationToken cancellationToken)
        => WarmAsync(name, catalogue, new(name, false, catalogue, Connections.IsReplica), claim, cancellationToken);

    async Task<Unit> WarmAsync(string name, Catalogue catalogue, ResetFunction function, NpgsqlConnection control, CancellationToken cancellationToken)
    {
        var connectionString = Connections.UnitString(name, null);
        return new(name, name, await UnitConnections.WarmAsync(name, connectionString, cancellationToken).ConfigureAwait(false), connectionString,
            control, function, catalogue, Audit, Options.LockTimeout);
    }

    public static Task DropSchemaAsync(NpgsqlConnection control, string name, CancellationToken cancellationToken) => ExecuteAsync(control, $"""
        select pg_terminate_backend(pid, 1000) from pg_stat_activity where pid <> pg_backend_pid() and application_name = {SqlText.Literal(name)};
        select pg_terminate_backend(a.pid, 1000)
            from (select postgres_testing.lasting_holders(array(select oid from pg_class where relnamespace = to_regnamespace({SqlText.Literal(name)}))) offset 0) h(pids)
            join pg_stat_activity a on a.pid = any(h.pids) and pg_has_role(a.usesysid, 'usage');
        drop schema if exists {SqlText.Identifier(name)} cascade;
        {ResetFunction.Removal(name)}
        delete from postgres_testing.units where name = {SqlText.Literal(name)};
        delete from postgres_testing.ddl where schema = {SqlText.Literal(name)}
            or unit = {SqlText.Literal(name)} and not exists (select from postgres_testing.units where name = schema);
        """, cancellationToken);

    /// <summary>What of the database is neither a unit's nor an extension's, and would give tests each other's rows: relations, and functions that are bound to one unit.</summary>
    static async Task<List<string>> SharedAsync(NpgsqlConnection control, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            with elsewhere as (select oid, nspname from pg_namespace where nspname !~ '{NamePattern}' and nspname !~ '^pg_' and nspname not in ('information_schema', 'postgres_testing'))
            select format('%I.%I', n.nspname, c.relname) from pg_class c join elsewhere n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't'
                and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and (d.deptype = 'e' or c.relkind = 'S' and d.deptype in ('a', 'i')))
            union all select p.oid::regprocedure::text from pg_proc p join elsewhere n on n.oid = p.pronamespace
            where array_to_string(p.proconfig, ' ') ~ '\m{NamePattern.TrimStart('^')}'
                or exists (select from pg_depend d join pg_class c on c.oid = d.refobjid join pg_namespace u on u.oid = c.relnamespace
                           where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass and u.nspname ~ '{NamePattern}')
            """, control);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<string> found = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) found.Add(reader.GetString(0));
        return found;
    }

    /// <summary>An extension is there once per database: in a unit it would be missing from all others.</summary>
    static async Task MoveExtensionsAsync(NpgsqlConnection control, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select coalesce(string_agg(format('alter extension %I set schema %I;', extname, $2::text), ' '), ''), min(extname::text) filter (where not extrelocatable)
            from pg_extension where extnamespace = (select oid from pg_namespace where nspname = $1)
            """, control)
        { Parameters = { new() { Value = name }, new() { Value = PostgresServer.ExtensionSchema } } };
        var sql = "";
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!reader.IsDBNull(1)) throw new PostgresTestingException(
                $"Migrate made the extension {reader.GetString(1)} in the unit, from where it cannot be moved: it is there once for a database, so that other units would not find it. "
                + $"Write `create schema if not exists {PostgresServer.ExtensionSchema}; create extension if not exists {reader.GetString(1)} schema {PostgresServer.ExtensionSchema}`, or lease at {nameof(TestIsolation)}.{nameof(TestIsolation.Database)}.");
            sql = reader.GetString(0);
        }
        if (sql.Length > 0)
            await ExecuteAsync(control, $"create schema if not exists {SqlText.Identifier(PostgresServer.ExtensionSchema)}; {sql}", cancellationToken).ConfigureAwait(false);
    }
}
