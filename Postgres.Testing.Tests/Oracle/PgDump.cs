using System.Diagnostics;
using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>The real pg_dump of the server's own binaries.</summary>
static class PgDump
{
    public static Task<string> SchemaAsync(NpgsqlConnection connection, string schema, CancellationToken token) => RunAsync(connection, ["--schema", schema], token);

    /// <summary>All of a database.</summary>
    public static Task<string> DatabaseAsync(NpgsqlConnection connection, CancellationToken token) => RunAsync(connection, [], token);

    static async Task<string> RunAsync(NpgsqlConnection connection, string[] options, CancellationToken token)
    {
        await using var command = new NpgsqlCommand("select setting from pg_config where name = 'BINDIR'", connection);
        var folder = (string)(await command.ExecuteScalarAsync(token))!;
        var target = new NpgsqlConnectionStringBuilder(connection.ConnectionString);
        var start = new ProcessStartInfo(Path.Combine(folder, "pg_dump"),
            ["--host", target.Host!, "--port", $"{target.Port}", "--username", target.Username!, "--dbname", target.Database!, .. options])
        { RedirectStandardOutput = true };
        start.Environment["PGPASSWORD"] = target.Password;
        using var process = Process.Start(start)!;
        var dump = await process.StandardOutput.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        Assert.Equal(0, process.ExitCode);
        // A random token guards newer dumps against injection.
        return string.Join('\n', dump.Split('\n').Where(l => !l.StartsWith("\\restrict", StringComparison.Ordinal) && !l.StartsWith("\\unrestrict", StringComparison.Ordinal)));
    }
}
