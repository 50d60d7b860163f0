using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace AppHost;

/// <summary>What the model is built for.</summary>
enum AppMode
{
    /// <summary>A developer's machine: data that stays, dashboard, commands.</summary>
    Run,

    /// <summary><c>--mode=test</c>, from the testing builder: everything ends with the worker.</summary>
    Test,

    /// <summary>Manifest, Compose or Kubernetes files. No setting of a test may reach them.</summary>
    Publish,
}

/// <summary>What stands behind the name <c>agentdb</c>.</summary>
public enum DatabaseKind
{
    /// <summary>A pgvector container.</summary>
    Container,

    /// <summary>Native Postgres as an executable: no container runtime needed.</summary>
    Embedded,

    /// <summary>A connection string: managed Postgres in production, any server elsewhere.</summary>
    External,
}

/// <summary>Where the application is published to.</summary>
enum DeployTarget
{
    /// <summary>The manifest, for azd and others that read it.</summary>
    Manifest,

    /// <summary>Docker Compose files.</summary>
    Compose,

    /// <summary>A Helm chart.</summary>
    Kubernetes,
}

/// <summary>The choices that shape the model: <c>--mode</c>, <c>--database</c>, <c>--deploy</c> and <c>--reuse</c>.</summary>
/// <param name="Mode">What the model is built for.</param>
/// <param name="Database">What stands behind <c>agentdb</c>.</param>
/// <param name="Deploy">Where it is published to.</param>
/// <param name="ReuseKey">Key of a warm test server that outlives the worker; null starts one of its own.</param>
sealed record AppHostSettings(AppMode Mode, DatabaseKind Database, DeployTarget Deploy, string? ReuseKey)
{
    /// <exception cref="DistributedApplicationException">A choice is not one that there is; the message lists them.</exception>
    public static AppHostSettings Read(IDistributedApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        // Publishing wins: a test setting left on the command line must not reach production.
        var mode = builder.ExecutionContext.IsPublishMode ? AppMode.Publish : Choice(configuration, "mode", AppMode.Run);
        var deploy = Choice(configuration, "deploy", DeployTarget.Manifest);
        var database = Given(configuration, "database") is not null
            ? Choice(configuration, "database", DatabaseKind.Container)
            : Default(mode, deploy, configuration);
        if (mode == AppMode.Publish && database == DatabaseKind.Embedded)
            throw new DistributedApplicationException(
                "--database=embedded keeps its data in memory and is for development and tests. Publish with --database=external or --database=container.");
        return new(mode, database, deploy, mode == AppMode.Test ? Given(configuration, "reuse") : null);
    }

    static DatabaseKind Default(AppMode mode, DeployTarget deploy, ConfigurationManager configuration) => mode switch
    {
        AppMode.Run when ContainerRuntime.Find(configuration) is null => DatabaseKind.Embedded,
        AppMode.Publish when deploy == DeployTarget.Manifest => DatabaseKind.External,
        _ => DatabaseKind.Container,
    };

    static T Choice<T>(ConfigurationManager configuration, string key, T absent) where T : struct, Enum
    {
        if (Given(configuration, key) is not { } value) return absent;
        return Enum.GetNames<T>().FirstOrDefault(name => name.Equals(value, StringComparison.OrdinalIgnoreCase)) is { } choice
            ? Enum.Parse<T>(choice)
            : throw new DistributedApplicationException(
                $"--{key}={value} is not a choice. Use one of: {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
    }

    /// <summary>A variable called <c>DATABASE</c> or <c>DEPLOY</c> is somebody else's: the environment chooses nothing.</summary>
    static string? Given(IConfigurationRoot configuration, string key) => configuration.Providers.Reverse()
        .Where(provider => provider is not EnvironmentVariablesConfigurationProvider)
        .Select(provider => provider.TryGet(key, out var value) && value is { Length: > 0 } ? value : null).FirstOrDefault(value => value is not null);
}
