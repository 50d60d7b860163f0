using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postgres.Testing;

/// <summary>The cluster that every server starts from: made once, cached, and checked each time.</summary>
static class ClusterTemplate
{
    const string InitdbOptions = "--no-sync --no-instructions --auth=trust --username=postgres --locale=C --encoding=UTF8 --wal-segsize=1";

    // In single-user mode a statement ends with a semicolon and an empty line. The database postgres is made again, as a copy
    // of template1, so that it has the extension and its files are equal to others that the pack then keeps once.
    const string Script = $"""
        bin=$1 copy=$2
        shift 2
        "$bin/initdb" {InitdbOptions} "$@" -D data || exit 1
        "$bin/postgres" --single -D data -c fsync=off -c log_min_messages=error -c log_checkpoints=off -j template1 <<'end-of-sql' || exit 1
        create schema {PostgresServer.ExtensionSchema};

        create extension vector schema {PostgresServer.ExtensionSchema};

        grant usage on schema {PostgresServer.ExtensionSchema} to public;

        vacuum freeze;

        end-of-sql
        "$bin/postgres" --single -D data -c fsync=off -c log_min_messages=error -c log_checkpoints=off -j template1 <<end-of-sql || exit 1
        drop database postgres;

        create database postgres template template1 $copy;

        end-of-sql
        # It only makes the cluster smaller, and minimal installations lack it.
        [ ! -x "$bin/pg_resetwal" ] || "$bin/pg_resetwal" -D data
        """;

    /// <summary>Gets the packed cluster from the cache, or makes it and caches it.</summary>
    public static async Task<byte[]> GetAsync(PostgresBinaries binaries, EmbeddedPostgresOptions options, ServerAccount? account, CancellationToken cancellationToken)
    {
        var cache = CacheFolder.Find(options.CacheFolder);
        if (cache is null)
        {
            options.Log?.Invoke("No folder will do as a cache, so each start makes its cluster anew (XDG_CACHE_HOME would name one).");
            return await BuildAsync(binaries, options, account, cancellationToken).ConfigureAwait(false);
        }
        var file = Path.Combine(cache, Key(binaries) + ".pack");
        if (await ReadAsync(file, cancellationToken).ConfigureAwait(false) is { } cached) return cached;
        using (var held = await LockAsync(file + ".lock", options, cancellationToken).ConfigureAwait(false))
        {
            if (held is null) return await BuildAsync(binaries, options, account, cancellationToken).ConfigureAwait(false);
            if (await ReadAsync(file, cancellationToken).ConfigureAwait(false) is { } justMade) return justMade;
            options.Log?.Invoke(File.Exists(file) ? $"The cached cluster {file} is damaged and is made anew." : "Making the cluster that later starts copy.");
            var pack = await BuildAsync(binaries, options, account, cancellationToken).ConfigureAwait(false);
            await StoreAsync(file, pack, options, cancellationToken).ConfigureAwait(false);
            return pack;
        }
    }

    /// <summary>Name that changes with the binaries, the extension and the way the cluster is made.</summary>
    public static string Key(PostgresBinaries binaries)
    {
        var server = new FileInfo(binaries.Executable("postgres"));
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{server.FullName}|{server.Length}|{server.LastWriteTimeUtc.Ticks}|{binaries.VectorVersion}|{Script}|1");
        return $"{binaries.Major}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]}";
    }

    static async Task<byte[]?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            var pack = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
            return ClusterPack.IsIntact(pack) ? pack : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Null where there can be no lock: the file is somebody else's, a folder is in its place, the disk is full.
    static async Task<FileStream?> LockAsync(string file, EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        try
        {
            FileStream? held;
            while ((held = FileLock.TryTake(file)) is null) await Task.Delay(20, cancellationToken).ConfigureAwait(false);
            return held;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            options.Log?.Invoke($"The cache cannot be used, as its lock cannot be had ({e.Message}), so each start makes its cluster anew. Remove {file} to mend it.");
            return null;
        }
    }

    static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next writer tries again.
        }
    }

    static async Task StoreAsync(string file, byte[] pack, EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        try
        {
            // Only the holder of the lock writes, so what is there was left by one that was killed.
            foreach (var half in Directory.GetFiles(Path.GetDirectoryName(file)!, Path.GetFileName(file) + ".new")) File.Delete(half);
            await File.WriteAllBytesAsync(file + ".new", pack, cancellationToken).ConfigureAwait(false);
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            options.Log?.Invoke($"The cluster could not be cached ({e.Message}), so the next start makes it again.");
            TryDelete(file + ".new"); // half of it, on a full disk that needs the room
        }
    }

    static async Task<byte[]> BuildAsync(PostgresBinaries binaries, EmbeddedPostgresOptions options, ServerAccount? account, CancellationToken cancellationToken)
    {
        using var folder = ServerFolder.Create(options, account);
        string[] command = ["/bin/sh", "-c", Script, "sh", binaries.Folder, binaries.Major >= 15 ? "strategy file_copy" : "", .. binaries.Major >= 18 ? (string[])["--no-data-checksums"] : []];
        await using (var guardian = Guardian.Start(folder, account, GuardianScript.Build, command))
        {
            guardian.Proceed();
            var code = await guardian.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            var log = new PostgresLog(folder.Log);
            var text = await log.ReadAsync(0, cancellationToken).ConfigureAwait(false);
            if (code != 0 || text.Contains("ERROR:", StringComparison.Ordinal))
                throw StartFailure.Explain("PostgreSQL could not make its cluster", text, await log.TailAsync().ConfigureAwait(false));
            return ClusterPack.Create(folder.Data);
        }
    }
}
