using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Postgres.Testing;

/// <summary>A folder tree as one checksummed block of bytes in which equal files are kept once.</summary>
/// <remarks>The three databases of a new cluster are nearly equal, so a pack has a third of the cluster's size; one file can be
/// replaced atomically and read at once, where a tree of a thousand files could be found half-written.</remarks>
static class ClusterPack
{
    const int HeaderLength = 16;
    const uint Format = 0x31544750;

    /// <summary>Packs all that is in <paramref name="folder"/>.</summary>
    public static byte[] Create(string folder)
    {
        using var content = new MemoryStream();
        using var index = new MemoryStream();
        using var writer = new BinaryWriter(index);
        var known = new Dictionary<string, int>();
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            writer.Write(Path.GetRelativePath(folder, entry.FullName));
            if (entry is not FileInfo) writer.Write(-1);
            else
            {
                var bytes = File.ReadAllBytes(entry.FullName);
                var hash = Convert.ToHexString(SHA256.HashData(bytes));
                if (!known.TryGetValue(hash, out var offset))
                {
                    known[hash] = offset = (int)content.Length;
                    content.Write(bytes);
                }
                writer.Write(offset);
                writer.Write(bytes.Length);
            }
        }
        var pack = new byte[HeaderLength + content.Length + index.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(pack, Format);
        BinaryPrimitives.WriteInt32LittleEndian(pack.AsSpan(4), pack.Length);
        BinaryPrimitives.WriteInt32LittleEndian(pack.AsSpan(8), (int)content.Length);
        content.GetBuffer().AsSpan(0, (int)content.Length).CopyTo(pack.AsSpan(HeaderLength));
        index.GetBuffer().AsSpan(0, (int)index.Length).CopyTo(pack.AsSpan(HeaderLength + (int)content.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(pack.AsSpan(12), Checksum(pack));
        return pack;
    }

    /// <summary>Whether <paramref name="pack"/> is whole.</summary>
    public static bool IsIntact(byte[] pack)
        => pack.Length > HeaderLength
            && BinaryPrimitives.ReadUInt32LittleEndian(pack) == Format
            && BinaryPrimitives.ReadInt32LittleEndian(pack.AsSpan(4)) == pack.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(pack.AsSpan(12)) == Checksum(pack);

    /// <summary>Writes what <see cref="Create"/> packed to <paramref name="folder"/>, for <paramref name="account"/>.</summary>
    public static void Extract(byte[] pack, string folder, ServerAccount? account, CancellationToken cancellationToken)
    {
        var files = new List<(string Path, int Offset, int Length)>();
        var content = BinaryPrimitives.ReadInt32LittleEndian(pack.AsSpan(8));
        using var reader = new BinaryReader(new MemoryStream(pack, HeaderLength + content, pack.Length - HeaderLength - content));
        MakeFolder(folder, account);
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var path = Path.Combine(folder, reader.ReadString());
            var offset = reader.ReadInt32();
            if (offset < 0) MakeFolder(path, account);
            else files.Add((path, HeaderLength + offset, reader.ReadInt32()));
        }
        Parallel.ForEach(files, new ParallelOptions { CancellationToken = cancellationToken }, file =>
        {
            using (var handle = File.OpenHandle(file.Path, FileMode.CreateNew, FileAccess.Write))
                RandomAccess.Write(handle, pack.AsSpan(file.Offset, file.Length), 0);
            if (account is not null) Posix.ChangeOwner(file.Path, account.UserId, account.GroupId);
        });
    }

    static void MakeFolder(string path, ServerAccount? account)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Posix.TryMakeFolder(path);
        if (account is not null) Posix.ChangeOwner(path, account.UserId, account.GroupId);
    }

    // Finds accidents, not attacks: nobody else may write to the cache.
    static uint Checksum(byte[] pack)
    {
        var checksum = uint.MaxValue;
        var rest = pack.AsSpan(HeaderLength);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(rest)) checksum = BitOperations.Crc32C(checksum, word);
        foreach (var one in rest[(rest.Length & ~7)..]) checksum = BitOperations.Crc32C(checksum, one);
        return checksum;
    }
}
