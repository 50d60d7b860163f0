namespace Postgres.Testing.Tests.Servers;

/// <summary>Folders for one test: for data, in memory, and for a cache.</summary>
sealed class Scratch : IDisposable
{
    static readonly string Memory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    public Scratch(string name = "pg tésts ")
    {
        Folder = Directory.CreateTempSubdirectory(name).FullName;
        Data = Path.Combine(Memory, $"pg dätä {Guid.NewGuid():N}"[..20]);
        Cache = Path.Combine(Folder, "cache");
        Directory.CreateDirectory(Data);
        Open(Folder);
        Open(Data);
    }

    /// <summary>Holds all but the data.</summary>
    public string Folder { get; }

    /// <summary>For <see cref="EmbeddedPostgresOptions.DataFolder"/>; its path has a space and letters that are not ASCII.</summary>
    public string Data { get; }

    /// <summary>For <see cref="EmbeddedPostgresOptions.CacheFolder"/>; not there yet.</summary>
    public string Cache { get; }

    /// <summary>The folders of servers that are there.</summary>
    public string[] Servers => Directory.GetDirectories(Data, ServerFolder.Prefix + "*");

    /// <summary>Processes that work in <see cref="Data"/>.</summary>
    public IEnumerable<int> Processes => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
        .Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture)).Where(WorksHere);

    /// <summary>Options that use these folders.</summary>
    public EmbeddedPostgresOptions Options => new() { DataFolder = Data, CacheFolder = Cache, RequiredSpace = 64 << 20 };

    /// <summary>Waits until no process and no folder of a server is left.</summary>
    public Task NothingLeftAsync() => Eventually.TrueAsync(() => Task.FromResult(Servers.Length == 0 && !Processes.Any()));

    public string NewFile() => Path.Combine(Folder, Path.GetRandomFileName());

    /// <summary>Lets every user write to a folder.</summary>
    public static void Open(string folder) => SetMode(folder, 0b111_111_111);

    public static void SetMode(string folder, int mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)mode);
    }

    public void Dispose()
    {
        ServerFolder.TryDelete(Data);
        ServerFolder.TryDelete(Folder);
    }

    bool WorksHere(int process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/cwd").LinkTarget is { } target && target.StartsWith(Data, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
