using System.Runtime.InteropServices;

namespace Benchmarks.Habits;

/// <summary>The system's SQLite, as far as the comparison needs it.</summary>
sealed partial class Sqlite : IDisposable
{
    const string Library = "libsqlite3.so.0";
    const int Row = 100, Done = 101;
    static readonly nint Transient = -1;

    readonly nint handle;

    Sqlite(nint handle) => this.handle = handle;

    public static string? Missing() => NativeLibrary.TryLoad(Library, out _) ? null : $"{Library} is not there (apt-get install libsqlite3-0)";

    public static Sqlite OpenInMemory() => Open(":memory:", out var handle) == 0 ? new(handle) : throw new InvalidOperationException("SQLite did not open.");

    /// <summary>Runs one statement and returns the first column of its first row.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="arguments">Texts, long numbers and vectors (as blobs).</param>
    public object? Execute(string sql, params object[] arguments)
    {
        Check(Prepare(handle, sql, -1, out var statement, 0), sql);
        try
        {
            for (var index = 0; index < arguments.Length; index++)
            {
                Check(arguments[index] switch
                {
                    long number => BindInt64(statement, index + 1, number),
                    float[] vector => BindBlob(statement, index + 1, MemoryMarshal.AsBytes(vector.AsSpan()).ToArray(), vector.Length * sizeof(float), Transient),
                    var text => BindText(statement, index + 1, text.ToString()!, -1, Transient),
                }, sql);
            }
            var result = Step(statement);
            return result == Row ? ColumnInt64(statement, 0) : result == Done ? null : throw Failure(sql);
        }
        finally
        {
            _ = Finalize(statement);
        }
    }

    public void Dispose() => _ = Close(handle);

    void Check(int result, string sql)
    {
        if (result != 0) throw Failure(sql);
    }

    InvalidOperationException Failure(string sql) => new($"SQLite: {Marshal.PtrToStringUTF8(Error(handle))} in: {sql}");

    [LibraryImport(Library, EntryPoint = "sqlite3_open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string file, out nint handle);

    [LibraryImport(Library, EntryPoint = "sqlite3_close")]
    private static partial int Close(nint handle);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    private static partial nint Error(nint handle);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Prepare(nint handle, string sql, int length, out nint statement, nint tail);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int BindText(nint statement, int index, string value, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    private static partial int BindInt64(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    private static partial int BindBlob(nint statement, int index, byte[] value, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    private static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    private static partial long ColumnInt64(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    private static partial int Finalize(nint statement);
}
