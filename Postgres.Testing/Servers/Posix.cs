using System.Runtime.InteropServices;

namespace Postgres.Testing;

/// <summary>What .NET has no call for: owners of files, exclusive folders, named pipes and signals.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Interoperability", "SYSLIB1054", Justification = "Needs no unsafe code this way.")]
static class Posix
{
    public const int SigQuit = 3;
    public const int SigKill = 9;
    const int NoFollow = 0x100;
    const int CurrentFolder = -100;
    const uint WantUid = 0x8;

    /// <summary>Whether this process may act for other users.</summary>
    public static bool IsRoot { get; } = !OperatingSystem.IsWindows() && geteuid() == 0;

    /// <summary>This process' user; 0 on Windows.</summary>
    public static uint UserId { get; } = OperatingSystem.IsWindows() ? 0 : geteuid();

    /// <summary>Makes a folder for its owner alone; false when something of that name is there.</summary>
    public static bool TryMakeFolder(string path)
    {
        if (mkdir(path, 0b111_000_000) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        return error == 17 ? false : throw new IOException($"mkdir {path}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    public static void ChangeOwner(string path, uint user, uint group) => Check(lchown(path, user, group), "chown", path);

    public static void MakeNamedPipe(string path) => Check(mkfifo(path, 0b110_000_000), "mkfifo", path);

    public static bool Signal(int process, int signal) => kill(process, signal) == 0;

    /// <summary>User that owns a file, not following a link; null where the system does not tell.</summary>
    public static uint? OwnerOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var result = new byte[256];
        return statx(CurrentFolder, path, NoFollow, WantUid, result) == 0 ? BitConverter.ToUInt32(result, 20) : null;
    }

    static void Check(int result, string call, string path)
    {
        if (result != 0)
            throw new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

#pragma warning disable CA2101 // UTF-8 is what these calls take.
    [DllImport("libc")] static extern uint geteuid();
    [DllImport("libc", SetLastError = true)] static extern int kill(int pid, int signal);
    [DllImport("libc", SetLastError = true)] static extern int mkdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
    [DllImport("libc", SetLastError = true)] static extern int mkfifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
    [DllImport("libc", SetLastError = true)] static extern int lchown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
    [DllImport("libc", SetLastError = true)] static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] result);
#pragma warning restore CA2101
}
