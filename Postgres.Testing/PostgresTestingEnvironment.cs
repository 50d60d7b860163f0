namespace Postgres.Testing;

/// <summary>Every environment variable that the test layer reads. Each overrides what attributes and options say, so that one
/// run can differ without a change to the code.</summary>
public static class PostgresTestingEnvironment
{
    /// <summary><c>schema</c>, <c>database</c> or <c>transaction</c>: what every test of the run gets to itself.</summary>
    public const string Isolation = "POSTGRES_TESTING_ISOLATION";

    /// <summary>Leases that can be out at once in each test process: a number from 1.</summary>
    public const string Workers = "POSTGRES_TESTING_WORKERS";

    /// <summary>Units of failed tests that stay as the test left them, at most, in each test process: a number from 0.</summary>
    public const string Keep = "POSTGRES_TESTING_KEEP";

    /// <summary><c>false</c>: the unit's name is the <c>application_name</c> of a test's connections, instead of the test's own;
    /// see <see cref="TestDatabasesOptions.NameConnections"/> for what that saves.</summary>
    public const string NameConnections = "POSTGRES_TESTING_NAME_CONNECTIONS";

    /// <summary>Seconds that a test process with kept units waits before it ends, so that <c>psql</c> can be pointed at them.</summary>
    public const string Hold = "POSTGRES_TESTING_HOLD";

    /// <summary>Seconds that a test may take before it is cut off: a number, 0 for no limit.</summary>
    public const string Limit = "POSTGRES_TESTING_LIMIT";

    /// <summary>Npgsql connection string of a disposable server to use instead of the one that the fixture would start.</summary>
    public const string Server = "POSTGRES_TESTING_SERVER";

    /// <summary>Seed of the order of the tests within each class, for assemblies that take it (<c>SeededOrder</c>): a whole number.</summary>
    public const string Seed = "POSTGRES_TESTING_SEED";

    /// <summary>Folder into which every test process writes its timings as JSON lines.</summary>
    public const string Report = "POSTGRES_TESTING_REPORT";
}
