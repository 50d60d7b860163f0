using Npgsql;

namespace Postgres.Testing;

/// <summary>Units that are databases, cloned from a template that was migrated and seeded once.</summary>
sealed class DatabaseUnits(PostgresServer server, TestDatabasesOptions options, UnitConnections connections) : UnitFactory(server, options, connections)
{
    /// <summary>Under this name the functions and copies are made in the template, and so in every clone.</summary>
    const string Owner = "database";

    readonly SemaphoreSlim gate = new(1);
    (string Name, Catalogue Catalogue, NpgsqlConnection Claim)? template;
    int made;

    protected override async Task<Unit> MakeNewAsync(CancellationToken cancellationToken)
    {
        var (source, catalogue, _) = await TemplateAsync(cancellationToken).ConfigureAwait(false);
        var name = $"{Prefix}_{Interlocked.Increment(ref made)}";
        var claim = await Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ClaimAsync(claim, name, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(claim, $"insert into postgres_testing.units (name, is_database) values ({SqlText.Literal(name)}, true)", cancellationToken).ConfigureAwait(false);
            await CloneAsync(claim, source, name, cancellationToken).ConfigureAwait(false);
            await RegisterAsync(claim, name, catalogue, cancellationToken).ConfigureAwait(false);
            return await OpenAsync(name, catalogue, claim, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await claim.DisposeAsync().ConfigureAwait(false);
            await TryDropAsync(name).ConfigureAwait(false);
            throw;
        }
    }

    protected override async Task<Unit> OpenAsync(string name, Catalogue catalogue, NpgsqlConnection claim, CancellationToken cancellationToken)
    {
        await using var source = Connections.Controls(name);
        var control = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var function = new ResetFunction(Owner, true, catalogue, Connections.IsReplica);
        var connectionString = Connections.UnitString(name, name, catalogue.Settings);
        return new(name, "public", await UnitConnections.WarmAsync(name, connectionString, cancellationToken).ConfigureAwait(false), connectionString,
            control, function, catalogue, Audit, Options.LockTimeout)
        { Claim = claim };
    }

    public static async Task DropDatabaseAsync(NpgsqlConnection control, string name, CancellationToken cancellationToken)
    {
        await ExecuteAsync(control, $"drop database if exists {SqlText.Identifier(name)} with (force)", cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(control, $"delete from postgres_testing.units where name = {SqlText.Literal(name)}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The migrated and seeded database that nobody connects to any more, made at the first need.</summary>
    async Task<(string Name, Catalogue Catalogue, NpgsqlConnection Claim)> TemplateAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return template ??= await MakeTemplateAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    async Task<(string, Catalogue, NpgsqlConnection)> MakeTemplateAsync(CancellationToken cancellationToken)
    {
        var name = $"{Prefix}_template";
        var claim = await Controls.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return (name, await FillTemplateAsync(claim, name, cancellationToken).ConfigureAwait(false), claim);
        }
        catch
        {
            await claim.DisposeAsync().ConfigureAwait(false);
            await TryDropAsync(name).ConfigureAwait(false);
            throw;
        }
    }

    async Task<Catalogue> FillTemplateAsync(NpgsqlConnection claim, string name, CancellationToken cancellationToken)
    {
        await ClaimAsync(claim, name, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(claim, $"insert into postgres_testing.units (name, is_database) values ({SqlText.Literal(name)}, true)", cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(claim, $"create database {SqlText.Identifier(name)}", cancellationToken).ConfigureAwait(false);
        await using var source = Connections.Controls(name);
        await using var control = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(control, $"create schema if not exists {PostgresServer.ExtensionSchema}; grant usage on schema {PostgresServer.ExtensionSchema} to public", cancellationToken).ConfigureAwait(false);
        if (Server.Capabilities.VectorVersion is not null)
            await ExecuteAsync(control, $"create extension if not exists vector schema {PostgresServer.ExtensionSchema}", cancellationToken).ConfigureAwait(false);
        // In this order: EnsureCreated of EF Core makes nothing in a database that has any table.
        await MigrateAsync(name, name, cancellationToken).ConfigureAwait(false);
        await InstallAsync(control, cancellationToken).ConfigureAwait(false);
        var (catalogue, _) = await RecordAsync(control, Owner, await SchemasAsync(control, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return catalogue with { Settings = await SettingsAsync(control, cancellationToken).ConfigureAwait(false) };
    }

    static async Task<string[]> SettingsAsync(NpgsqlConnection control, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select array(select c from pg_db_role_setting cross join unnest(setconfig) c
                         where setrole = 0 and setdatabase = (select oid from pg_database where datname = current_database()) order by 1)
            """, control);
        return (string[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    static async Task<string[]> SchemasAsync(NpgsqlConnection control, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select array(select nspname::text from pg_namespace
                         where nspname !~ '^pg_' and nspname not in ('information_schema', 'postgres_testing', $1) order by 1)
            """, control)
        { Parameters = { new() { Value = PostgresServer.ExtensionSchema } } };
        return (string[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Copies files rather than writing a log of them; from version 18 on a file system that can shares their blocks.</summary>
    async Task CloneAsync(NpgsqlConnection control, string from, string to, CancellationToken cancellationToken)
    {
        var major = Server.Capabilities.ServerVersion.Major;
        var sql = $"create database {SqlText.Identifier(to)} template {SqlText.Identifier(from)}{(major >= 15 ? " strategy file_copy" : "")}";
        // One clone at a time: each wants the template to itself, and copying is bound by the disk anyway.
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (major >= 18) await ExecuteAsync(control, "set file_copy_method = clone", cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(control, sql, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException) when (major >= 18)
        {
            await ExecuteAsync(control, "set file_copy_method = copy", cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(control, sql, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (template is { } made)
        {
            await made.Claim.DisposeAsync().ConfigureAwait(false);
            await using var control = await Controls.OpenConnectionAsync().ConfigureAwait(false);
            await DropAsync(control, made.Name, CancellationToken.None).ConfigureAwait(false);
        }
        gate.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
