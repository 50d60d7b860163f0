using System.Globalization;
using System.Reflection;

namespace Postgres.Testing.Xunit;

/// <summary>What holds for this run: environment before attributes before the fixture's options.</summary>
sealed record LayerSettings(TestIsolation? ForcedIsolation, TestDatabasesOptions Options, int Keep, TimeSpan Hold, TimeSpan Limit, string? Server, string? ReportFolder)
{
    bool LimitIsForced { get; init; }

    public const int DefaultKeep = 3;
    public const int DefaultLimit = 300;

    public static LayerSettings Read(TestDatabasesOptions options, PostgresTestsAttribute? attribute, int parallelThreads, Func<string, string?> environment)
    {
        var forced = Isolation(environment(PostgresTestingEnvironment.Isolation));
        return new(
            forced,
            options with
            {
                Isolation = forced ?? attribute?.IsolationOrNull ?? options.Isolation,
                Workers = Number(PostgresTestingEnvironment.Workers, 1) ?? attribute?.WorkersOrNull ?? options.WorkersOrNull ?? parallelThreads,
                NameConnections = Truth(PostgresTestingEnvironment.NameConnections) ?? attribute?.NameConnectionsOrNull ?? true,
            },
            Number(PostgresTestingEnvironment.Keep, 0) ?? attribute?.KeepOnFailureOrNull ?? DefaultKeep,
            TimeSpan.FromSeconds(Number(PostgresTestingEnvironment.Hold, 0) ?? 0),
            Seconds(Number(PostgresTestingEnvironment.Limit, 0) ?? attribute?.LimitOrNull ?? DefaultLimit),
            Text(PostgresTestingEnvironment.Server),
            Text(PostgresTestingEnvironment.Report))
        { LimitIsForced = Text(PostgresTestingEnvironment.Limit) is not null };

        string? Text(string name) => environment(name) is { Length: > 0 } value ? value : null;

        bool? Truth(string name) => Text(name) switch
        {
            null => null,
            "1" => true,
            "0" => false,
            var value => bool.TryParse(value, out var truth) ? truth : throw new ArgumentException($"{name} is \"{value}\"; it takes true or false."),
        };

        int? Number(string name, int least)
        {
            if (Text(name) is not { } value) return null;
            return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number
                : throw new ArgumentException($"{name} is \"{value}\"; it takes a whole number from {least}.");
        }
    }

    /// <summary>What a test of <paramref name="testClass"/> gets.</summary>
    public TestIsolation IsolationOf(Type? testClass)
        => ForcedIsolation ?? testClass?.GetCustomAttribute<PostgresTestsAttribute>()?.IsolationOrNull ?? Options.Isolation;

    /// <summary>How long a test of <paramref name="testClass"/> may take; the environment says it for all.</summary>
    public TimeSpan LimitOf(Type? testClass)
        => !LimitIsForced && testClass?.GetCustomAttribute<PostgresTestsAttribute>()?.LimitOrNull is { } seconds ? Seconds(seconds) : Limit;

    // A timer takes no more milliseconds.
    static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000));

    static TestIsolation? Isolation(string? value)
        => string.IsNullOrEmpty(value) ? null
            : Enum.GetNames<TestIsolation>().FirstOrDefault(name => name.Equals(value, StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse<TestIsolation>(name)
            : throw new ArgumentException(
                $"{PostgresTestingEnvironment.Isolation} is \"{value}\"; it takes one of {string.Join(", ", Enum.GetNames<TestIsolation>()).ToLowerInvariant()}.");
}
