using System.Security.Cryptography;
using System.Text;
using Xunit.Sdk;
using Xunit.v3;

namespace Postgres.Testing.Xunit;

/// <summary>Orders the tests of each class by a seed, the same way on every machine, so that those that need each other are found:
/// <c>[assembly: TestCaseOrderer(typeof(SeededOrder))]</c>. Without <see cref="PostgresTestingEnvironment.Seed"/> the order is xunit's own.</summary>
/// <remarks>xunit's own seed changes the order of classes, and leaves the tests of a class in one order.</remarks>
public sealed class SeededOrder : ITestCaseOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase
        => Environment.GetEnvironmentVariable(PostgresTestingEnvironment.Seed) is { Length: > 0 } seed
            ? [.. testCases.OrderBy(test => Key(seed, test.TestCaseDisplayName), StringComparer.Ordinal)]
            : DefaultTestCaseOrderer.Instance.OrderTestCases(testCases);

    // Not the unique id, which has the path of the assembly in it; and a test keeps its place before another when a filter leaves a third out.
    internal static string Key(string seed, string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {name}")));
}
