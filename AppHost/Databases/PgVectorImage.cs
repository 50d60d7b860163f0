namespace AppHost;

/// <summary>The one place where the database image is pinned.</summary>
public static class PgVectorImage
{
    public const string Registry = "docker.io";
    public const string Name = "pgvector/pgvector";

    // The data path below is the one of images before 18.
    public const string Tag = "pg17";

    /// <summary>Where the image keeps its data.</summary>
    public const string DataPath = "/var/lib/postgresql/data";
}
