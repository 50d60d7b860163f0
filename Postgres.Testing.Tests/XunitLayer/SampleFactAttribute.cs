using System.Runtime.CompilerServices;
using Xunit.Sdk;
using Xunit.v3;

namespace Postgres.Testing.Tests.XunitLayer;

/// <summary>A test that is there only in the processes that <see cref="LayerRun"/> starts, since some fail on purpose.</summary>
[XunitTestCaseDiscoverer(typeof(SampleDiscoverer))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class SampleFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : FactAttribute(file, line)
{
    public const string Variable = "LAYER_RUN";
}

public sealed class SampleDiscoverer : IXunitTestCaseDiscoverer
{
    public ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
        => Environment.GetEnvironmentVariable(SampleFactAttribute.Variable) is null ? new([]) : new FactDiscoverer().Discover(discoveryOptions, testMethod, factAttribute);
}
