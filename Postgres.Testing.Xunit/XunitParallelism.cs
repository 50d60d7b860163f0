using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Xunit.v3;

namespace Postgres.Testing.Xunit;

/// <summary>How many tests xunit runs at once. Its own answer is not offered to fixtures, so the same places are read in the same
/// order: command line, <c>xunit.runner.json</c>, <c>[assembly: CollectionBehavior]</c>, processors.</summary>
static class XunitParallelism
{
    public static int Read(Assembly assembly, IXunitTestAssembly? testAssembly)
        => FromCommandLine(Environment.GetCommandLineArgs()) ?? FromFiles(assembly) ?? FromAttribute(testAssembly?.CollectionBehavior) ?? Environment.ProcessorCount;

    internal static int? FromCommandLine(string[] arguments)
    {
        var at = Array.FindIndex(arguments, argument => argument is "-maxThreads" or "--max-threads");
        return at >= 0 && at + 1 < arguments.Length ? Parse(arguments[at + 1]) : null;
    }

    internal static int? FromJson(string json)
    {
        using var document = JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        if (document.RootElement.TryGetProperty("parallelizeTestCollections", out var parallel) && parallel.ValueKind == JsonValueKind.False)
            return 1;
        return document.RootElement.TryGetProperty("maxParallelThreads", out var threads) ? Parse(threads.ToString()) : null;
    }

    static int? FromFiles(Assembly assembly)
    {
        string[] names = [$"{assembly.GetName().Name}.xunit.runner.json", "xunit.runner.json"];
        var file = names.Select(name => Path.Combine(AppContext.BaseDirectory, name)).FirstOrDefault(File.Exists);
        try
        {
            return file is null ? null : FromJson(File.ReadAllText(file));
        }
        catch (JsonException)
        {
            return null; // xunit itself reports a broken file
        }
    }

    static int? FromAttribute(ICollectionBehaviorAttribute? behavior)
        => behavior is null ? null : behavior.DisableTestParallelization ? 1 : Parse(behavior.MaxParallelThreads.ToString(CultureInfo.InvariantCulture));

    /// <summary>"4", "2x" (times processors), "default", "unlimited", 0 (default) and -1 (unlimited: held to what a server can take).</summary>
    static int? Parse(string value) => value switch
    {
        "unlimited" or "-1" => 4 * Environment.ProcessorCount,
        _ when value.EndsWith('x') && double.TryParse(value[..^1], CultureInfo.InvariantCulture, out var factor)
            => Math.Max(1, (int)(factor * Environment.ProcessorCount)),
        _ when int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number > 0 => number,
        _ => null,
    };
}
