namespace Postgres.Testing;

/// <summary>A lock that the system gives back when its holder ends, however that ends.</summary>
static class FileLock
{
    // EWOULDBLOCK on Linux and macOS, and Windows' sharing violation: every other failure would not pass by waiting.
    static readonly int[] Held = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Takes it; null when somebody else has it.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is somebody else's, or a folder.</exception>
    public static FileStream? TryTake(string file)
    {
        try
        {
            return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (Held.Contains(failure.HResult))
        {
            return null;
        }
    }
}
