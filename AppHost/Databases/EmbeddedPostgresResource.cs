namespace AppHost;

/// <summary>Native Postgres with pgvector that runs as an executable: a first-class resource without a container runtime.</summary>
/// <param name="name">Name of the resource.</param>
/// <param name="password">Password of <c>postgres</c>.</param>
public sealed class EmbeddedPostgresResource(string name, ParameterResource password)
    : ExecutableResource(name, "/bin/sh", "/"), IResourceWithConnectionString
{
    public const string EndpointName = "tcp";
    const string User = "postgres";

    public EndpointReference PrimaryEndpoint => new(this, EndpointName);

    public ParameterResource PasswordParameter => password;

    EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    /// <summary>The same form as that of the container, without a database.</summary>
    public ReferenceExpression ConnectionStringExpression
        => ReferenceExpression.Create($"Host={Host};Port={Port};Username={User};Password={PasswordParameter}");

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{Host}")),
        new("Port", ReferenceExpression.Create($"{Port}")),
        new("Username", ReferenceExpression.Create($"{User}")),
        new("Password", ReferenceExpression.Create($"{PasswordParameter}")),
        new("Uri", Uri("")),
        new("JdbcConnectionString", Jdbc("")),
    ];

    internal ReferenceExpression Uri(string path) => ReferenceExpression.Create($"postgresql://{User}:{PasswordParameter:uri}@{Host}:{Port}{path}");

    internal ReferenceExpression Jdbc(string path) => ReferenceExpression.Create($"jdbc:postgresql://{Host}:{Port}{path}");
}

/// <summary>A database of an embedded server.</summary>
public sealed class EmbeddedPostgresDatabaseResource(string name, string databaseName, EmbeddedPostgresResource parent)
    : Resource(name), IResourceWithParent<EmbeddedPostgresResource>, IResourceWithConnectionString
{
    public EmbeddedPostgresResource Parent => parent;

    public string DatabaseName => databaseName;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Parent};Database={DatabaseName}");

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() =>
    [
        .. Parent.GetConnectionProperties().Where(property => property.Key is not ("Uri" or "JdbcConnectionString")),
        new("DatabaseName", ReferenceExpression.Create($"{DatabaseName}")),
        new("Uri", Parent.Uri($"/{DatabaseName}")),
        new("JdbcConnectionString", Parent.Jdbc($"/{DatabaseName}")),
    ];
}
