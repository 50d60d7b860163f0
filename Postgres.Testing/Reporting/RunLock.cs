namespace Postgres.Testing;

/// <summary>Keeps two runs from writing to one folder.</summary>
public static class RunLock
{
    /// <summary>Takes the folder until the result is disposed, or the process ends.</summary>
    /// <param name="folder">Folder of the runs; made when it is not there.</param>
    /// <exception cref="PostgresTestingException">Another process has it, or nothing can be written there.</exception>
    public static IDisposable Take(string folder)
    {
        var file = Path.Combine(folder, Name);
        try
        {
            Directory.CreateDirectory(folder);
            return FileLock.TryTake(file) ?? throw new PostgresTestingException($"another run of the tests is under way in this clone (it holds {file}): wait for its end, or use another clone.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PostgresTestingException($"{file} cannot be locked ({failure.Message.TrimEnd('.')}): the folder has to be yours to write.");
        }
    }

    /// <summary>Removes all from a folder of runs, for who has taken it, but the lock itself: another run would take one that is made anew.</summary>
    public static void Empty(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory) directory.Delete(recursive: true);
            else if (entry.Name != Name) entry.Delete();
        }
    }

    const string Name = "run.lock";
}
