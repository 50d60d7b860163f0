using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Postgres.Testing;

/// <summary>The folder that holds all of one server: data, socket, log, and the lock that tells that its owner lives.</summary>
/// <remarks>The lock is the kernel's, so it ends with the process that holds it, however that dies, and does not depend on
/// process numbers, which repeat and differ between containers.</remarks>
sealed class ServerFolder : IDisposable
{
    /// <summary>Start of the name of every such folder.</summary>
    public const string Prefix = "pgt-";

    const string OwnerLock = "owner.lock";
    const string NewOwnerLock = OwnerLock + ".new";
    const int LongestSocketPath = 103; // macOS; Linux takes 107

    /// <summary>A server whose object nobody refers to any more, only its connection string, lives on with the process: were its lock
    /// collected as garbage, the next start of anybody would take it for an orphan.</summary>
    static readonly ConcurrentDictionary<ServerFolder, bool> Held = [];

    readonly FileStream ownerLock;

    ServerFolder(string path, FileStream ownerLock)
    {
        (Path, this.ownerLock) = (path, ownerLock);
        Held[this] = true;
    }

    /// <summary>Full path, without symbolic links where the system resolves them.</summary>
    public string Path { get; }

    /// <summary>Who runs a server in it, and is held as long as the folder.</summary>
    public IAsyncDisposable? Owner { get; set; }

    /// <summary>The cluster.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>What the server and its guardian have written.</summary>
    public string Log => System.IO.Path.Combine(Path, "server.log");

    /// <summary>Makes the folder in the first place that will do.</summary>
    /// <exception cref="PostgresTestingException">No place will do; the message says of each why.</exception>
    public static ServerFolder Create(EmbeddedPostgresOptions options, ServerAccount? account)
    {
        var reasons = new List<string>();
        foreach (var place in Places(options.DataFolder))
        {
            if (Refuse(place, options.RequiredSpace, account) is { } reason) reasons.Add(reason);
            else
            {
                if (reasons.Count > 0) options.Log?.Invoke($"The server's data goes to {place}, because {string.Join("; ", reasons)}.");
                return Make(place, account);
            }
        }
        throw new PostgresTestingException($"There is no place for the server's data: {string.Join("; ", reasons)}. "
            + $"Name a folder with EmbeddedPostgresOptions.{nameof(EmbeddedPostgresOptions.DataFolder)} or TMPDIR.");
    }

    /// <summary>Places where servers of this user may be, best first.</summary>
    public static IEnumerable<string> Places(string? dataFolder)
    {
        if (dataFolder is not null) return [System.IO.Path.GetFullPath(dataFolder)];
        string[] places = OperatingSystem.IsWindows() ? [System.IO.Path.GetTempPath()] : ["/dev/shm", System.IO.Path.GetTempPath(), "/tmp"];
        return places.Where(place => place != "/dev/shm" || Directory.Exists(place)).Select(System.IO.Path.TrimEndingDirectorySeparator).Distinct();
    }

    /// <summary>Writes a text file that the server's account may read.</summary>
    public void Write(string name, string content, ServerAccount? account)
    {
        var file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file, content);
        if (account is not null) Posix.ChangeOwner(file, account.UserId, account.GroupId);
    }

    /// <summary>Removes the folder, if the guardian has not done so, and lets go of the lock.</summary>
    public void Dispose()
    {
        TryDelete(Path);
        ownerLock.Dispose();
        TryDelete(Path); // Windows does not delete the lock while it is held
        Held.TryRemove(this, out _);
    }

    /// <summary>Whether the process that made the server in <paramref name="folder"/> has ended. False if it is no such folder.</summary>
    public static bool IsOrphan(string folder)
    {
        try
        {
            try
            {
                using var _ = new FileStream(System.IO.Path.Combine(folder, OwnerLock), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                return true;
            }
            catch (FileNotFoundException)
            {
                // Killed before it could lock, unless it is just about to.
                var name = System.IO.Path.GetFileName(folder)[Prefix.Length..];
                return name.Length == 8 && name.All(char.IsAsciiHexDigitLower)
                    && Directory.EnumerateFileSystemEntries(folder).All(entry => System.IO.Path.GetFileName(entry) == NewOwnerLock)
                    && Directory.GetLastWriteTimeUtc(folder) < DateTime.UtcNow - TimeSpan.FromMinutes(1);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has an owner, or is gone by now
        }
    }

    /// <summary>Deletes a folder as far as that is possible.</summary>
    public static void TryDelete(string folder)
    {
        for (var attempt = 0; attempt < 3 && Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Someone else deletes it at the same time, or it is not ours: a later start tries again.
            }
        }
    }

    static ServerFolder Make(string place, ServerAccount? account)
    {
        while (true)
        {
            var path = System.IO.Path.Combine(place, Prefix + RandomNumberGenerator.GetHexString(8, lowercase: true));
            if (!MakeExclusively(path)) continue;
            ServerFolder? folder = null;
            try
            {
                folder = new(path, Lock(path));
                folder.Write("server.log", "", account);
                if (account is not null) Posix.ChangeOwner(path, account.UserId, account.GroupId);
                return folder;
            }
            catch
            {
                if (folder is null) TryDelete(path);
                else folder.Dispose();
                throw;
            }
        }
    }

    // Where a file is locked only after it was made, somebody who sweeps could get the lock in between: it is locked under another name.
    static FileStream Lock(string folder)
    {
        var (made, final) = (System.IO.Path.Combine(folder, NewOwnerLock), System.IO.Path.Combine(folder, OwnerLock));
        if (OperatingSystem.IsWindows()) return new(final, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        var file = new FileStream(made, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        try
        {
            File.Move(made, final);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    static bool MakeExclusively(string path)
    {
        if (!OperatingSystem.IsWindows()) return Posix.TryMakeFolder(path);
        if (Directory.Exists(path)) return false;
        Directory.CreateDirectory(path);
        return true;
    }

    static string? Refuse(string place, long requiredSpace, ServerAccount? account)
    {
        if (!Directory.Exists(place)) return $"{place} does not exist";
        if (place.Contains(',', StringComparison.Ordinal)) return $"{place} has a comma, which separates hosts in a connection string";
        var socket = System.Text.Encoding.UTF8.GetByteCount(System.IO.Path.Combine(place, Prefix + "00000000", ".s.PGSQL.5432"));
        if (socket > LongestSocketPath) return $"the socket's path in {place} would have {socket} bytes where {LongestSocketPath} are the limit";
        try
        {
            var free = new DriveInfo(place).AvailableFreeSpace;
            if (free < requiredSpace) return $"{place} has {free >> 20} MB free where {requiredSpace >> 20} MB are wanted";
            if (account is not null && !account.CanEnter(place))
                return $"the user {account.Name}, who runs the server because root may not, cannot enter {place} (chmod o+x would let it)";
            var probe = System.IO.Path.Combine(place, Prefix + "probe-" + RandomNumberGenerator.GetHexString(8));
            if (MakeExclusively(probe)) Directory.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{place} is not writable ({e.Message})";
        }
    }
}
