namespace Benchmarks.Habits;

/// <summary>The JSON of a run.</summary>
sealed record HabitsReport(Machine Machine, int Tests, IReadOnlyList<HabitRow> Rows);

/// <summary>What one habit took. Skipped says why it could not be measured here; the figures are null then.</summary>
sealed record HabitRow(
    string Habit, string Description, string? Skipped, int Parallel, string Workload, string Limits,
    double? SuiteSeconds, double? PerTestMs, double? StartUpMs, double? PeakMemoryMb, int? VectorRowsOf10)
{
    public string VectorCase => Skipped is not null ? "" : VectorRowsOf10 switch { null => "cannot run", 10 => "passes", _ => $"fails ({VectorRowsOf10} of 10)" };
}
