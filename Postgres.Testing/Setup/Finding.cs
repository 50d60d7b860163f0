namespace Postgres.Testing;

/// <summary>One line of what <see cref="PostgresSetup.InspectAsync"/> found.</summary>
/// <param name="Name">What was looked for.</param>
/// <param name="IsOk">Whether it is there and will do.</param>
/// <param name="IsRequired">Whether nothing works without it.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Mend">The exact command that mends it; null when nothing has to be mended.</param>
public sealed record Finding(string Name, bool IsOk, bool IsRequired, string Detail, string? Mend);
