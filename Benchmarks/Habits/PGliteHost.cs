using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Benchmarks.Habits;

/// <summary>A Node process with one PGlite behind a socket.</summary>
sealed class PGliteHost : IAsyncDisposable
{
    static readonly string[] Packages = ["@electric-sql/pglite@0.5.14", "@electric-sql/pglite-socket@0.2.17", "@electric-sql/pglite-pgvector@0.0.15"];
    static readonly string Folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache", "postgres-testing", "pglite");

    // Node looks for packages beside the script.
    static readonly Lazy<string> Script = new(() =>
    {
        var script = Path.Combine(Folder, "pglite.mjs");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Habits", "pglite.mjs"), script, overwrite: true);
        return script;
    });

    readonly Process process;

    PGliteHost(Process process, NpgsqlDataSource source) => (this.process, Source) = (process, source);

    public NpgsqlDataSource Source { get; }

    public int ProcessId => process.Id;

    /// <summary>Why there is no PGlite here; null when there is.</summary>
    public static string? Missing()
        => !Runs("node") ? "Node.js is not there (apt-get install nodejs npm)"
            : Directory.Exists(Path.Combine(Folder, "node_modules", "@electric-sql", "pglite-pgvector")) ? null : "its packages are not there: run again with --install-pglite";

    public static async Task InstallAsync(CancellationToken token)
    {
        Directory.CreateDirectory(Folder);
        using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--prefix", Folder, .. Packages]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("npm did not start.");
        await npm.StandardOutput.ReadToEndAsync(token);
        await npm.WaitForExitAsync(token);
        if (npm.ExitCode != 0) throw new InvalidOperationException($"npm could not install {string.Join(", ", Packages)} (exit code {npm.ExitCode}).");
    }

    public static async Task<PGliteHost> StartAsync(CancellationToken token)
    {
        var process = Process.Start(new ProcessStartInfo("node", [Script.Value]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var port = int.Parse(await process.StandardOutput.ReadLineAsync(token) ?? throw new InvalidOperationException("PGlite ended before it was ready."), CultureInfo.InvariantCulture);
        return new(process, NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "postgres",
            Database = "postgres",
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
            MaxPoolSize = 1, // it has one session
            NoResetOnClose = true, // it would take the search path back
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    static bool Runs(string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
