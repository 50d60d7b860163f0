using System.Globalization;
using Benchmarks.Isolation;

namespace Benchmarks.Soak;

/// <summary>The JSON of a run. Names are part of its contract.</summary>
sealed record SoakReport(Machine Machine, bool Named, IReadOnlyList<SoakSample> Samples)
{
    const double Growth = 1.10;

    /// <summary>The last sample against the first after the warm-up.</summary>
    public IReadOnlyList<Goal> Goals =>
    [
        Within("server PSS", sample => sample.ServerPssMb, "0.0", "MB"),
        Within("process memory", sample => sample.ProcessMb, "0.0", "MB"),
        Within("file descriptors", sample => sample.Descriptors, "0", ""),
        Within("catalogue size", sample => sample.CatalogueMb, "0.00", "MB"),
        // In round trips: the machine may be faster or slower at the end than it was at the start.
        Within("reset time, in round trips of that moment", sample => sample.ResetP50Ms / sample.RoundTripP50Ms, "0.00", ""),
    ];

    Goal Within(string name, Func<SoakSample, double> value, string format, string unit)
    {
        var (first, last) = (value(Samples[0]), value(Samples[^1]));
        return new(name, $"≤ {Text(first * Growth)} {unit}".Trim(), $"{Text(first)} → {Text(last)} {unit}".Trim(), last <= first * Growth);

        string Text(double number) => number.ToString(format, CultureInfo.InvariantCulture);
    }
}

/// <summary>One look at everything that could grow. Memory and catalogue in MB; the times are medians of 500 leases in turns with round trips.</summary>
sealed record SoakSample(int Leases, double Seconds, double ServerPssMb, double ProcessMb, int Descriptors, double CatalogueMb, double ResetP50Ms, double RoundTripP50Ms);
