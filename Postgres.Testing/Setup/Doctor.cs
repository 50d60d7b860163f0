namespace Postgres.Testing;

/// <summary>Tells what is there and what is missing.</summary>
static class Doctor
{
    public static async Task<IEnumerable<Finding>> ExamineAsync(Machine machine, IReadOnlyList<PostgresBinaries> installed, bool aspireRestores, CancellationToken cancellationToken)
    {
        var runtime = await RuntimeAsync(cancellationToken).ConfigureAwait(false);
        return [Sdk(), Postgres(machine, installed), Vector(machine, installed), runtime, Aspire(aspireRestores), Memory(), Chromium(machine)];
    }

    /// <summary>The command that installs PostgreSQL with pgvector.</summary>
    public static string PostgresCommand(Machine machine, IReadOnlyList<PostgresBinaries> installed)
    {
        if (machine.HasApt && (machine.IsRoot || machine.CanSudo)) return "dotnet dev.cs up";
        var plan = SetupPlan.For(machine, installed);
        return plan.IsAutomatic ? AsRoot(plan) : plan.Commands.TrimEnd();
    }

    /// <summary>Writes the plan's script where only this user can change it; returns the command that runs it as root.</summary>
    public static string AsRoot(SetupPlan plan)
    {
        var file = Path.Combine(CacheFolder.Find(null) ?? Directory.CreateTempSubdirectory("postgres-testing-").FullName, "install-postgres.sh");
        File.WriteAllText(file, AptScript.Update + plan.Commands);
        return $"sudo sh '{file.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    static Finding Sdk() => new(".NET SDK", Environment.Version.Major >= 10, IsRequired: true, $".NET {Environment.Version}",
        Environment.Version.Major >= 10 ? null : "https://dotnet.microsoft.com/download/dotnet/10.0");

    static Finding Postgres(Machine machine, IReadOnlyList<PostgresBinaries> installed)
        => installed.Count > 0 ? new("PostgreSQL", true, true, string.Join(", ", installed.Select(found => $"{found.Major} in {found.Folder}")), null)
            : new("PostgreSQL", false, true, $"none of {PostgresBinaries.OldestMajor} to {PostgresBinaries.NewestMajor}", PostgresCommand(machine, installed));

    static Finding Vector(Machine machine, IReadOnlyList<PostgresBinaries> installed)
        => installed.FirstOrDefault(found => found.VectorVersion is not null) is { } found
            ? new("pgvector", true, true, $"{found.VectorVersion} for PostgreSQL {found.Major}", null)
            : new("pgvector", false, true, "not installed", PostgresCommand(machine, installed));

    static async Task<Finding> RuntimeAsync(CancellationToken cancellationToken)
    {
        Finding? silent = null;
        foreach (var name in (string[])["docker", "podman"])
        {
            if (Executables.Find(name) is not { } program) continue;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(5));
            try
            {
                var (code, _) = await Shell.RunAsync([program, "info"], null, limit.Token).ConfigureAwait(false);
                if (code == 0) return new("container runtime", true, false, program, null);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // No answer is no runtime.
            }
            silent ??= new("container runtime", false, false, $"{program} is installed, but its engine does not answer",
                OperatingSystem.IsLinux() && name == "docker" ? "sudo systemctl start docker" : $"start {name}");
        }
        return silent ?? new("container runtime", false, false, "neither docker nor podman: needed only to run Aspire's containers",
            OperatingSystem.IsLinux() ? "https://docs.docker.com/engine/install/" : "https://docs.docker.com/desktop/");
    }

    static Finding Aspire(bool restores) => restores ? new("Aspire packages", true, false, "they restore", null)
        : new("Aspire packages", false, false, "the package feed lacks them: the embedded server is used", "dotnet nuget add source <address of a feed that has Aspire 13.5.2>");

    static Finding Memory()
    {
        if (!OperatingSystem.IsLinux()) return new("tmpfs", true, false, $"data goes to {Path.GetTempPath()}", null);
        var wanted = new EmbeddedPostgresOptions().RequiredSpace;
        var free = Directory.Exists("/dev/shm") ? new DriveInfo("/dev/shm").AvailableFreeSpace : 0;
        return free >= wanted ? new("tmpfs", true, false, $"/dev/shm has {free >> 20} MB free", null)
            : new("tmpfs", false, false, $"/dev/shm has {free >> 20} MB free of the {wanted >> 20} MB wanted: data goes to {Path.GetTempPath()}",
                "sudo mount -o remount,size=1G /dev/shm   (in Docker: docker run --shm-size=1g)");
    }

    static Finding Chromium(Machine machine) => PostgresSetup.FindChromium() is { } path ? new("Chromium", true, false, path, null)
        : new("Chromium", false, false, "not found: tests in a browser are skipped", PostgresSetup.ChromiumCommand(machine.Kind));
}
