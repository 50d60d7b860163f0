namespace Postgres.Testing;

/// <summary>Joins report files; those of shards only when together they are one whole suite.</summary>
public static class ShardReports
{
    /// <summary>Reads and joins them.</summary>
    /// <returns>The joined report, and whether it is that of a whole suite, joined from its shards.</returns>
    /// <exception cref="PostgresTestingException">One is no report or is there twice, a shard is missing, or they are of different plans.</exception>
    public static (RunReport Report, bool IsWhole) Merge(IReadOnlyCollection<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var parts = files.Select(file => (File: file, Report: RunReportFiles.Read(file))).ToList();
        if (files.GroupBy(Path.GetFullPath).FirstOrDefault(same => same.Count() > 1) is { } twice) throw new PostgresTestingException($"{twice.Key} is given twice: name each report once.");
        if (parts.Find(part => part.Report is { Shard: null, Tests: [] }) is { File: { } empty }) throw new PostgresTestingException($"{empty} has no tests in it: name the report of a run that had some.");
        var merged = RunReport.Merge([.. parts.Select(part => part.Report)]);
        if (parts.All(part => part.Report.Shard is null)) return (merged, false);
        if (parts.FirstOrDefault(part => part.Report.Shard is null) is { File: { } whole }) throw new PostgresTestingException($"{whole} is not the report of a shard, as others are: merge reports of one kind.");

        var shards = parts.Select(part => (part.File, part.Report.Plan, Part: Parse(part.File, part.Report.Shard!))).OrderBy(shard => shard.Part.Number).ToList();
        var (first, count) = (shards[0], shards[0].Part.Count);
        if (shards.Find(shard => shard.Part.Count != count) is { File: not null } other)
            throw new PostgresTestingException($"{first.File} is a part of {count} and {other.File} a part of {other.Part.Count}: merge the parts of one split.");
        if (shards.GroupBy(shard => shard.Part.Number).FirstOrDefault(same => same.Count() > 1) is { } doubled)
            throw new PostgresTestingException($"shard {doubled.Key}/{count} is there twice: {string.Join(" and ", doubled.Select(shard => shard.File))}.");
        if (shards.Count < count)
        {
            var missing = Enumerable.Range(1, count).Except(shards.Select(shard => shard.Part.Number)).Select(number => $"{number}/{count}").ToList();
            throw new PostgresTestingException($"of {count} shards these are missing: {string.Join(", ", missing.Take(MostListed))}{(missing.Count > MostListed ? $" and {missing.Count - MostListed} more" : "")}. Together the given ones are not the suite.");
        }
        if (shards.Find(shard => shard.Plan != first.Plan) is { File: not null } stranger)
            throw new PostgresTestingException($"{first.File} and {stranger.File} are parts of different plans, so tests are missing or there twice: run all shards with the same build, the same options and the same artifacts/durations.json.");
        if (merged.Tests.Count == 0) throw new PostgresTestingException($"none of the {count} shards ran a test{(first.Plan?.Split(' ', 2) is [_, var options] ? $": {options} matches none" : "")}.");
        return (merged, first.Plan?.Contains(' ', StringComparison.Ordinal) != true);
    }

    static (int Number, int Count) Parse(string file, string shard)
        => ShardPlan.Parse(shard) ?? throw new PostgresTestingException($"{file} says to be the shard \"{shard}\", which is none: 2/8 would be one, and {ShardPlan.MostParts} parts the most.");

    const int MostListed = 20;
}
