using System.Security.Cryptography;
using System.Text;

namespace AppHost;

/// <summary>What is done with the data of a pgvector container.</summary>
public static class PgVectorModes
{
    /// <summary>Name of the container that stays warm under a key.</summary>
    public static string WarmContainer(string reuseKey) => $"agentdb-test-{WarmId(reuseKey)[..12]}";

    /// <summary>Keeps the data in development and production, and throws it away in tests.</summary>
    internal static IResourceBuilder<PgVectorResource> ConfiguredFor(this IResourceBuilder<PgVectorResource> postgres, AppHostSettings settings)
    {
        if (settings.Mode == AppMode.Test) return postgres.WithThrowawayData(settings.ReuseKey);
        if (settings.Mode == AppMode.Run)
        {
            postgres.WithDataVolume();
            return postgres.WithPgAdmin(pgAdmin => pgAdmin.WithExplicitStart());
        }

        // A fixed name, as the generated one depends on where the repository is; a folder below the
        // mount, as a volume of a cluster may come with a lost+found that initdb refuses.
        postgres.WithDataVolume("agentdb-data");
        return postgres.WithEnvironment("PGDATA", $"{PgVectorImage.DataPath}/pgdata");
    }

    // Data in memory, and no waiting for a disk that is not there. Only ever in tests: these arguments would reach a manifest.
    static IResourceBuilder<PgVectorResource> WithThrowawayData(this IResourceBuilder<PgVectorResource> postgres, string? reuseKey)
    {
        postgres
            .WithContainerRuntimeArgs("--tmpfs", PgVectorImage.DataPath, "--shm-size", "256m")
            .WithArgs("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
                "-c", "max_connections=300", "-c", "shared_buffers=128MB", "-c", "max_wal_size=2GB");
        if (reuseKey is null) return postgres;

        // A warm server: same name, same password, same settings, so the next run finds it. It holds throwaway data only.
        postgres.Resource.PasswordParameter = postgres.ApplicationBuilder.AddParameter("reuse-password", WarmId(reuseKey), secret: true).Resource;
        return postgres.WithContainerName(WarmContainer(reuseKey)).WithLifetime(ContainerLifetime.Persistent);
    }

    static string WarmId(string reuseKey) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"agentdb {PgVectorImage.Tag} {reuseKey}")));
}
