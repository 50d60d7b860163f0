using Npgsql;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>Runs a program on a lease, as a test would: statements may fail, sessions may stay open.</summary>
sealed class ProgramRunner(TestDatabase lease) : IAsyncDisposable
{
    readonly NpgsqlConnection?[] sessions = new NpgsqlConnection?[ProgramGenerator.Sessions];
    readonly HashSet<int> left = [];

    /// <summary>Statements that the server accepted and refused.</summary>
    public (int Accepted, int Refused) Counts { get; private set; }

    public async Task RunAsync(TestProgram program, CancellationToken token)
    {
        foreach (var step in program.Steps)
        {
            if (left.Contains(step.Session)) continue;
            if (step.Sql == "\\leave")
            {
                left.Add(step.Session);
                continue;
            }
            try
            {
                await RunAsync(await SessionAsync(step.Session, token), step.Sql.Replace("%SCHEMA%", lease.SchemaName, StringComparison.Ordinal), token);
                Counts = (Counts.Accepted + 1, Counts.Refused);
            }
            catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
            {
                Counts = (Counts.Accepted, Counts.Refused + 1);
            }
        }
        for (var i = 0; i < sessions.Length; i++)
            if (!left.Contains(i) && sessions[i] is { } session) await session.DisposeAsync();
    }

    static async Task RunAsync(NpgsqlConnection session, string sql, CancellationToken token)
    {
        if (sql.StartsWith("\\copy ", StringComparison.Ordinal))
        {
            await using var import = await session.BeginTextImportAsync($"copy {sql[6..]} (embedding) from stdin", token);
            for (var i = 0; i < 45; i++) await import.WriteLineAsync($"[{i % 5},{i % 7},1]".AsMemory(), token);
            return;
        }
        var prepared = sql.StartsWith("\\prepare ", StringComparison.Ordinal);
        await using var command = new NpgsqlCommand(prepared ? sql[9..] : sql, session) { CommandTimeout = 5 };
        if (prepared) await command.PrepareAsync(token);
        await command.ExecuteNonQueryAsync(token);
    }

    /// <summary>The last session goes by the connection string, the others by the data source. Waits for locks are short.</summary>
    async Task<NpgsqlConnection> SessionAsync(int number, CancellationToken token)
    {
        if (sessions[number] is { State: System.Data.ConnectionState.Open } open) return open;
        if (sessions[number] is { } broken) await broken.DisposeAsync();
        var session = sessions[number] = number == ProgramGenerator.Sessions - 1 ? new(lease.ConnectionString) : lease.DataSource.CreateConnection();
        await session.OpenAsync(token);
        await NastySchema.RunAsync(session, "set lock_timeout = '20ms'", token);
        return session;
    }

    /// <summary>Closes what the program left open, which the return of the lease has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var session in left.Select(i => sessions[i]).OfType<NpgsqlConnection>())
            try
            {
                await session.DisposeAsync();
            }
            catch (NpgsqlException)
            {
                // Its transaction cannot be rolled back any more: the session is gone.
            }
    }
}
